import AWSClients
import HTTPTransport
import Synchronization

/// Answers each request with the next of its answers and remembers what was asked.
final class ScriptedTransport: HTTPPerforming {
  private let state: Mutex<(answers: [Result<HTTPResponse, TransportError>], requests: [HTTPRequest])>

  init(_ answers: [Result<HTTPResponse, TransportError>]) { state = Mutex((answers, [])) }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }

  func perform(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
    let next: Result<HTTPResponse, TransportError>? = state.withLock { state in
      state.requests.append(request)
      return state.answers.isEmpty ? nil : state.answers.removeFirst()
    }
    guard let next else { throw TransportError(kind: .other, message: "no answer is left in the script") }
    return try next.get()
  }
}
