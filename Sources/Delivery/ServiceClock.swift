import AWSClients
package import DeliveryModel
import HTTPTransport
import Synchronization

/// The services' word on the time, as answers to our requests bear it. What is removed for its age is removed by it: the clock
/// of a machine may be wrong by years, and nothing else there tells.
package final class ServiceClock: Sendable {
  private struct Word {
    var time: Timestamp
    var at: ContinuousClock.Instant
  }

  private let last = Mutex<Word?>(nil)

  /// Between two that are read: the machine goes as fast as they do.
  private static let interval = Duration.seconds(600)

  package init() {}

  /// An answer that is certainly the service's.
  func note(_ response: HTTPResponse, now: ContinuousClock.Instant) {
    guard last.withLock({ $0.map { now - $0.at >= Self.interval } ?? true }),
      let time = ServiceDate.http(response.header("date"))
    else { return }
    last.withLock { $0 = Word(time: time, at: now) }
  }

  /// What they would say now; nil while none has said anything since the start.
  package func time(at now: ContinuousClock.Instant = .now) -> Timestamp? {
    last.withLock { $0 }.map { $0.time + (now - $0.at) }
  }
}
