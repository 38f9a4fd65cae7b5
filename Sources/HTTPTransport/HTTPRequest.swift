/// One request, complete: the transport adds nothing to it but `Content-Length`, `User-Agent` and `Accept`, and `Host`
/// where the headers name none.
package struct HTTPRequest: Sendable {
  package var method: HTTPMethod
  /// Absolute, `http` or `https`, percent-encoded; sent byte for byte.
  package var url: String
  package var headers: [HTTPHeader]
  package var body: RequestBody
  /// The most bytes of the answer, head and body together, that are taken before the exchange fails.
  package var responseLimit: Int
  /// The longest that it may take from connecting to the whole answer; nil leaves it to the transport's own limits.
  package var timeLimit: Duration?
  /// What of the body only the server may see; the headers' are known. None of it is in the answer, whatever it echoes.
  package var secrets: [String] = []
  /// Whether a successful answer is made of secrets, such as new credentials.
  package var answerIsSecret = false

  /// The longest that may pass without a byte of the answer once the whole request has left; nil for the transport's own.
  package var answerTimeout: Duration?

  package init(
    method: HTTPMethod, url: String, headers: [HTTPHeader] = [], body: RequestBody = .none,
    responseLimit: Int = 1 << 20, timeLimit: Duration? = nil, answerTimeout: Duration? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.responseLimit = responseLimit
    self.timeLimit = timeLimit
    self.answerTimeout = answerTimeout
  }
}
