import AWSClients
package import DeliveryModel
package import HTTPTransport
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

  /// An answer that is certainly the service's. `isAsked`: somebody asked for nothing but the time, and it counts however
  /// short ago one was heard.
  package func note(_ response: HTTPResponse, now: ContinuousClock.Instant, isAsked: Bool = false) {
    guard isAsked || last.withLock({ $0.map { now - $0.at >= Self.interval } ?? true }),
      let time = ServiceDate.http(response.header("date"))
    else { return }
    last.withLock { $0 = Word(time: time, at: now) }
  }

  /// What they would say now; nil while none has said anything since the start.
  package func time(at now: ContinuousClock.Instant = .now) -> Timestamp? {
    last.withLock { $0 }.map { $0.time + (now - $0.at) }
  }

  /// Whether a service was heard within the last hour, and `wall` is within five minutes of what it would say now.
  package func agrees(with wall: Timestamp, at now: ContinuousClock.Instant = .now) -> Bool {
    guard let word = last.withLock({ $0 }), now - word.at <= .seconds(3600) else { return false }
    let difference = word.time + (now - word.at) - wall
    return difference.magnitude <= .seconds(300)
  }
}

extension Duration {
  fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
