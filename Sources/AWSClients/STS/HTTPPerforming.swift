package import HTTPTransport

/// Sends one request and waits for its answer; cancelled with the calling task.
package protocol HTTPPerforming: Sendable {
  func perform(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse
}

extension CurlTransport: HTTPPerforming {}
