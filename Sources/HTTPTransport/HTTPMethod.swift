/// The request methods that AWS's APIs use.
package enum HTTPMethod: String, Sendable {
  case get = "GET"
  case put = "PUT"
  case post = "POST"
  case head = "HEAD"
  case delete = "DELETE"
}
