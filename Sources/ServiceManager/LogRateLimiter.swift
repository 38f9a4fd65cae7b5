/// Keeps a fault that repeats from flooding the log: of one key, a few records an interval pass and the rest are
/// counted. No count is lost: it comes with the key's next record or, if there is none, by ``summaries(at:)``.
package struct LogRateLimiter: Sendable {
  package typealias Instant = ContinuousClock.Instant

  package enum Verdict: Sendable, Equatable {
    /// To be logged; so many of the same key were not, in the interval before.
    case admit(withheldBefore: Int)
    case withhold
  }

  /// How many records of a key were withheld in an interval that has ended.
  package struct Summary: Sendable, Equatable {
    package let key: String
    package let withheld: Int
  }

  private struct Window {
    let opened: Instant
    var seen = 1
  }

  /// Records that pass, of one key in one interval.
  package let limit: Int
  package let interval: Duration
  /// How many keys are told apart at a time; any further ones share one allowance.
  package let capacity: Int
  private var windows: [String: Window] = [:]

  package init(limit: Int = 20, interval: Duration = .seconds(60), capacity: Int = 256) {
    self.limit = limit
    self.interval = interval
    self.capacity = capacity
  }

  /// The key that stands for every key beyond ``capacity``.
  package static let otherKeys = "other"

  /// When ``summaries(at:)`` has something to tell; nil if nothing is withheld.
  package var nextSummary: Instant? {
    windows.values.filter { withheld($0) > 0 }.map { $0.opened.advanced(by: interval) }.min()
  }

  /// Judges one record.
  package mutating func judge(_ wanted: String, at now: Instant) -> Verdict {
    let key = slot(for: wanted, at: now)
    guard let window = windows[key], !hasEnded(window, at: now) else {
      let before = windows[key].map(withheld) ?? 0
      windows[key] = Window(opened: now)
      return .admit(withheldBefore: before)
    }
    windows[key]?.seen += 1
    return window.seen < limit ? .admit(withheldBefore: 0) : .withhold
  }

  /// Forgets the intervals that have ended and returns the counts of those in which records were withheld, by key.
  package mutating func summaries(at now: Instant) -> [Summary] {
    let ended = windows.filter { hasEnded($0.value, at: now) }
    for key in ended.keys { windows[key] = nil }
    let counts = ended.map { Summary(key: $0.key, withheld: withheld($0.value)) }
    return counts.filter { $0.withheld > 0 }.sorted { $0.key < $1.key }
  }

  /// The key itself while there is room for it.
  private mutating func slot(for key: String, at now: Instant) -> String {
    if windows[key] != nil || windows.count < capacity { return key }
    windows = windows.filter { !hasEnded($0.value, at: now) || withheld($0.value) > 0 }
    return windows.count < capacity ? key : Self.otherKeys
  }

  private func hasEnded(_ window: Window, at now: Instant) -> Bool {
    now >= window.opened.advanced(by: interval)
  }

  private func withheld(_ window: Window) -> Int { max(0, window.seen - limit) }
}
