import DeliveryModel
import HTTPTransport

/// A request to an endpoint beside the machine, which answers at once or is not there.
struct MetadataRequest {
  let http: any HTTPPerforming
  /// From connecting to the whole answer.
  var limit = Duration.seconds(2)

  func send(
    _ method: HTTPMethod, _ url: String, headers: [HTTPHeader]
  ) async throws(TransportError) -> HTTPResponse {
    let request = HTTPRequest(method: method, url: url, headers: headers, responseLimit: 64 << 10)
    let (http, limit) = (http, limit)
    let result = await withTaskGroup(of: Result<HTTPResponse, TransportError>.self) { group in
      group.addTask { await Self.result(of: request, http) }
      group.addTask {
        try? await Task.sleep(for: limit)
        return .failure(TransportError(kind: .timeout, message: "no answer within \(limit.components.seconds) s"))
      }
      defer { group.cancelAll() }
      return await group.next() ?? .failure(TransportError(kind: .other, message: "nothing was sent"))
    }
    return try result.get()
  }

  private static func result(
    of request: HTTPRequest, _ http: any HTTPPerforming
  ) async -> Result<HTTPResponse, TransportError> {
    do throws(TransportError) {
      return .success(try await http.perform(request))
    } catch {
      return .failure(error)
    }
  }
}
