/// How often one cause is told to one receiver: once an hour at most. What comes sooner is held back, counted, and told
/// together when the hour is over. A pure value.
package struct AlertThrottle: Sendable, Equatable {
  /// Nothing is told before this; nil where nothing was told yet.
  package var quietUntil: Timestamp?
  /// How many were held back since.
  package var held: Int
  /// The last one has not reached its receiver yet.
  package var isUnderWay: Bool

  package init(quietUntil: Timestamp? = nil, held: Int = 0, isUnderWay: Bool = false) {
    self.quietUntil = quietUntil
    self.held = held
    self.isUnderWay = isUnderWay
  }

  package static let interval = Duration.seconds(3600)

  /// Whether one more is told at once, with all that was held back; else it is held back too. A clock that was set back silences nothing for longer than the hour.
  package func isOpen(at now: Timestamp) -> Bool {
    guard !isUnderWay else { return false }
    guard let quietUntil else { return true }
    return now >= quietUntil || quietUntil - now > Self.interval
  }

  /// When what is held back is told; nil for nothing held, and while the one before is under way.
  package func nextLook(at now: Timestamp) -> Timestamp? {
    guard held > 0, !isUnderWay else { return nil }
    return isOpen(at: now) ? now : quietUntil
  }
}
