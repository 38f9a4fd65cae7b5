import DeliveryModel

/// Notices that the wall clock was set: moments that were noted before mean something else then. A pure value.
struct ClockWatch: Sendable {
  private var last: (wall: Timestamp, now: ContinuousClock.Instant)?

  /// Smaller steps are those of a clock that is kept right.
  private static let tolerance = Duration.seconds(5)

  /// Whether the clock was set since the last call.
  mutating func wasSet(wall: Timestamp, now: ContinuousClock.Instant) -> Bool {
    defer { last = (wall, now) }
    guard let last else { return false }
    let drift = (wall - last.wall) - (now - last.now)
    return drift > Self.tolerance || drift < .zero - Self.tolerance
  }
}
