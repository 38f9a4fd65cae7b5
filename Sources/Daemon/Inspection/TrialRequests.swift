import AWSSigning
import DeliveryModel
import HTTPTransport
import Synchronization
import SystemSupport

/// Sends the requests of `check --online`, each once.
final class TrialRequests: Sendable {
  let credentials: AWSCredentials
  private let transport: CurlTransport
  /// The services' clock minus ours: requests are signed with it, as the daemon does.
  private let offset: Duration
  let unanswered = Unanswered()

  init(credentials: AWSCredentials, transport: CurlTransport, offset: Duration) {
    self.credentials = credentials
    self.transport = transport
    self.offset = offset
  }

  var now: Timestamp { WallClock.now + offset }

  func perform(_ request: HTTPRequest, _ lane: ServiceLane) async -> Result<HTTPResponse, TransportError> {
    do throws(TransportError) {
      return .success(try await transport.perform(request))
    } catch {
      unanswered.add(lane)
      return .failure(error)
    }
  }

  /// How many requests of each service got no answer.
  final class Unanswered: Sendable {
    private let counts = Mutex<[ServiceLane: Int]>([:])

    func add(_ lane: ServiceLane) { counts.withLock { $0[lane, default: 0] += 1 } }

    func count(of lane: ServiceLane) -> Int { counts.withLock { $0[lane, default: 0] } }
  }
}
