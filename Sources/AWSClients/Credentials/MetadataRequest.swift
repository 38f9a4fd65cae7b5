import HTTPTransport

/// A request to an endpoint beside the machine, which answers at once or is not there.
struct MetadataRequest {
  let http: any HTTPPerforming
  /// From connecting to the whole answer.
  var limit = Duration.seconds(2)

  func send(
    _ method: HTTPMethod, _ url: String, headers: [HTTPHeader]
  ) async throws(TransportError) -> HTTPResponse {
    var request = HTTPRequest(method: method, url: url, headers: headers, responseLimit: 64 << 10, timeLimit: limit)
    request.answerIsSecret = true
    return try await http.perform(request)
  }
}
