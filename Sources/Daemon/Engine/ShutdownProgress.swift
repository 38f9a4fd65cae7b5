/// The end of the engine: from the wish to stop until nothing is under way. A pure value.
struct ShutdownProgress: Sendable {
  enum Phase: Sendable, Equatable {
    case running
    /// What is under way may end by itself until the deadline.
    case draining(until: ContinuousClock.Instant)
    /// The rest has been cancelled.
    case cancelling
  }

  private(set) var phase = Phase.running

  var isRequested: Bool { phase != .running }

  var deadline: ContinuousClock.Instant? {
    guard case .draining(let until) = phase else { return nil }
    return until
  }

  mutating func request(until deadline: ContinuousClock.Instant) {
    if phase == .running { phase = .draining(until: deadline) }
  }

  /// Whether the time is up now: the caller cancels what is left, once.
  mutating func expires(now: ContinuousClock.Instant) -> Bool {
    guard case .draining(let until) = phase, now >= until else { return false }
    phase = .cancelling
    return true
  }

  func isFinished(requestsInFlight: Int, commitsPending: Bool) -> Bool {
    isRequested && requestsInFlight == 0 && !commitsPending
  }
}
