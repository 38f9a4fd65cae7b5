import DaemonConfiguration

/// Which bandwidth limit is in force, and when the clock may change it. A pure value.
struct BandwidthTimer: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// Nil for no limit at any time.
  private var limit: BandwidthLimit?
  /// Bytes a second in force; nil for no limit.
  private(set) var rate: Int64?
  /// When to look at the clock again; nil for never.
  private(set) var lookAt: Instant?

  /// The clock may be set, or go over to summer time: it is looked at this often at least.
  private static let longest = Duration.seconds(3600)

  init(_ limit: BandwidthLimit?, now: Instant) {
    self.limit = limit
    lookAt = now
  }

  /// Takes a changed limit into use at the next look, which is due.
  mutating func use(_ limit: BandwidthLimit?, now: Instant) {
    self.limit = limit
    lookAt = now
  }

  /// Looks at the local time of day, in seconds, if that is due. Returns whether the rate changed.
  mutating func look(now: Instant, secondOfDay: () -> Int) -> Bool {
    guard let due = lookAt, now >= due else { return false }
    let second = secondOfDay()
    let old = rate
    rate = limit?.rate(at: second / 60)
    lookAt = limit?.minutesToChange(after: second / 60).map {
      now + min(.seconds($0 * 60 - second % 60), Self.longest)
    }
    return rate != old
  }
}
