/// How often a folder is looked through as a whole: as seldom as configured, and so that it takes a small share of one
/// processor over time, however many files the folder has. A pure value.
struct ScanPace: Equatable {
  /// Processor time that the last scan of everything took; zero before the first.
  private(set) var cost = Duration.zero
  /// Of the one that is under way.
  private var counting = Duration.zero

  /// A folder that is watched is looked through only for what the kernel fails to report: 0.8 % of one
  /// processor, so that all else that the daemon does at rest fits into 1 %.
  static let watched = 125
  /// One that is polled shows its files in no other way: 10 %.
  static let polled = 10
  /// Beyond this somebody should know.
  static let longest = Duration.seconds(3600)

  /// A step of a scan of everything took so much processor time.
  mutating func count(_ time: Duration) { counting += time }

  /// The scan is complete.
  mutating func finish() { (cost, counting) = (counting, .zero) }

  /// The scan under way will not be completed.
  mutating func abandon() { counting = .zero }

  /// From the end of one scan to the begin of the next.
  func pause(atLeast configured: Duration, isPolled: Bool) -> Duration {
    max(configured, cost * (isPolled ? Self.polled : Self.watched))
  }
}
