import HTTPTransport

/// A request to an endpoint beside the machine, which answers at once or is not there.
struct MetadataRequest {
  let http: any HTTPPerforming
  /// From connecting to the whole answer.
  var limit = Duration.seconds(2)

  func send(
    _ method: HTTPMethod, _ url: String, headers: [HTTPHeader]
  ) async throws(TransportError) -> HTTPResponse {
    try await http.perform(
      HTTPRequest(method: method, url: url, headers: headers, responseLimit: 64 << 10, timeLimit: limit))
  }
}
