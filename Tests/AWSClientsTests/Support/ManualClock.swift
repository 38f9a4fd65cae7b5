import DeliveryModel
import Synchronization

/// A wall clock that stands until it is moved.
final class ManualClock: Sendable {
  private let moment: Mutex<Timestamp>

  init(_ start: Timestamp = signedAt) { moment = Mutex(start) }

  var now: Timestamp { moment.withLock { $0 } }

  func advance(by duration: Duration) { moment.withLock { $0 = $0 + duration } }
}
