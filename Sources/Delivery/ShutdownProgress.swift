import DeliveryModel
import HTTPTransport

/// The end of the engine: from the wish to stop until nothing is under way. A pure value.
package struct ShutdownProgress: Sendable {
  typealias Instant = ContinuousClock.Instant

  enum Phase: Sendable, Equatable {
    case running
    /// What is under way may end by itself as long as it comes on; after `latest` no more.
    case draining(until: Instant, latest: Instant)
    /// The rest has been cancelled.
    case cancelling
  }

  /// How much has been done: answers taken and bytes sent.
  struct Mark: Sendable, Equatable {
    var answers = 0
    var bytes: Int64 = 0
  }

  /// Requests under way that do not come on for this long are cancelled.
  package static let stallBound = Duration.seconds(8)
  /// Even those that do are, after this long: a restart resumes them.
  static let totalBound = Duration.seconds(30)
  /// Between two looks at the progress.
  private static let interval = Duration.seconds(1)

  private(set) var phase = Phase.running
  private var mark = Mark()

  var isRequested: Bool { phase != .running }

  /// When to look again.
  func nextLook(now: Instant) -> Instant? {
    guard case .draining(let until, _) = phase else { return nil }
    return min(until, now + Self.interval)
  }

  mutating func request(now: Instant, _ mark: Mark) {
    guard phase == .running else { return }
    phase = .draining(until: now + Self.stallBound, latest: now + Self.totalBound)
    self.mark = mark
  }

  /// Takes in how much has been done by now. Returns whether the end was put off.
  mutating func looked(_ new: Mark, now: Instant) -> Bool {
    guard case .draining(_, let latest) = phase, new != mark else { return false }
    mark = new
    phase = .draining(until: min(now + Self.stallBound, latest), latest: latest)
    return true
  }

  /// Whether the time is up now: the caller cancels what is left, once.
  mutating func expires(now: Instant) -> Bool {
    guard case .draining(let until, _) = phase, now >= until else { return false }
    phase = .cancelling
    return true
  }

  /// Changes that wait for space on a full disk are not waited for: the journal has the step before.
  func isFinished(requestsInFlight: Int, commitsPending: Bool, isDiskFull: Bool = false) -> Bool {
    isRequested && requestsInFlight == 0 && (!commitsPending || isDiskFull && phase == .cancelling)
  }
}

/// The loop ends what is under way within the bounds.
extension EngineLoop {
  mutating func beginShutdown() {
    machine.canSign = false
    // Whoever reads ahead must not wait for what is not sent any more.
    for stream in streams.values { stream.letGo() }
    shutdown.request(now: ports.clock.now, progress)
  }

  /// Asks for more time while requests come on, and cancels what is left when the time is up.
  mutating func enforceShutdown() {
    guard shutdown.isRequested else { return }
    if shutdown.looked(progress, now: ports.clock.now) { ports.extendStop(ShutdownProgress.stallBound) }
    if shutdown.expires(now: ports.clock.now) { ports.transport.cancel(requests.inFlightIDs) }
  }

  private var progress: ShutdownProgress.Mark {
    ShutdownProgress.Mark(
      answers: requests.answerCount, bytes: ports.transport.bytesSent().values.reduce(0, +))
  }

  var isFinished: Bool {
    shutdown.isFinished(
      requestsInFlight: requests.inFlightCount, commitsPending: !commits.isIdle, isDiskFull: commits.isHeldUp)
  }
}
