package import DeliveryModel
import SystemSupport

/// A file or directory that the service's user may not read: what is in it is not delivered, and nobody but an
/// administrator can change that.
package struct UnreadableEntry: Sendable, Equatable {
  package let path: RelativePath
  package let isDirectory: Bool
  /// When it was first found so.
  package let since: Timestamp
  /// What the kernel said, in words.
  package let reason: String

  package init(path: RelativePath, isDirectory: Bool, since: Timestamp, reason: String) {
    self.path = path
    self.isDirectory = isDirectory
    self.since = since
    self.reason = reason
  }
}

/// What of a folder cannot be read, and for how long.
///
/// A pure value: refused opens and their ends go in. Programs often set the rights of a file after its content, so one
/// counts only after it has been unreadable for a while. Names are kept up to a bound.
struct UnreadableTracker {
  private struct Known {
    var entry: UnreadableEntry
    /// When the file was first noticed, readable or not.
    let noticed: MonotonicInstant
    let serial: UInt64
    /// Whether the grace is over.
    var lasts = false
  }

  private var known: [RelativePath: Known] = [:]
  /// Those within the grace, in the order in which it ends; one that was forgotten meanwhile has another serial, or none.
  private var young: [(deadline: MonotonicInstant, path: RelativePath, serial: UInt64)] = []
  private var firstYoung = 0
  private var lastSerial: UInt64 = 0
  private var sorted: [UnreadableEntry]?
  /// How many have been so for longer than the grace.
  private(set) var lastingCount = 0

  /// So long an entry is only counted.
  static let grace = Duration.seconds(60)
  /// Names that are kept.
  static let namesKept = 10_000
  /// Names that are listed.
  static let listed = 100

  /// All that are known, within the grace or beyond it.
  var count: Int { known.count }
  var isEmpty: Bool { known.isEmpty }
  /// When the next one has been unreadable for the whole grace.
  var nextDeadline: MonotonicInstant? { firstYoung < young.count ? young[firstYoung].deadline : nil }

  /// An open was refused; `noticed`: when the file was first seen, where that was before. Whether that is news.
  mutating func note(
    _ path: RelativePath, isDirectory: Bool, reason: String, at now: MonotonicInstant, since: Timestamp,
    noticed: MonotonicInstant? = nil
  ) -> Bool {
    guard known[path] == nil, known.count < Self.namesKept else { return false }
    lastSerial += 1
    known[path] = Known(
      entry: UnreadableEntry(path: path, isDirectory: isDirectory, since: since, reason: reason),
      noticed: noticed ?? now, serial: lastSerial)
    young.append((now + Self.grace, path, lastSerial))
    return true
  }

  /// Whether what is there now may have been written to since it was last read: nobody could look then.
  func mayHold(_ path: RelativePath) -> Bool { known.count >= Self.namesKept || known[path] != nil }

  /// It was read, or is gone.
  mutating func forget(_ path: RelativePath) {
    guard !known.isEmpty, let entry = known.removeValue(forKey: path) else { return }
    if entry.lasts {
      lastingCount -= 1
      sorted = nil
    }
    if known.isEmpty { (young, firstYoung) = ([], 0) }
  }

  /// The directory and everything in it is gone, or has another name.
  mutating func forget(below directory: RelativePath) {
    guard !known.isEmpty else { return }
    for path in Array(known.keys) where path.isSame(as: directory, orBelow: true) { forget(path) }
  }

  /// Whether the directory or something in it is unreadable.
  func contains(below directory: RelativePath) -> Bool {
    known.keys.contains { $0.isSame(as: directory, orBelow: true) }
  }

  /// Forgets those that `isGone` says are.
  mutating func forget(where isGone: (RelativePath) -> Bool) {
    for path in Array(known.keys) where isGone(path) { forget(path) }
  }

  /// Takes the entries whose grace is over into ``lasting()``.
  mutating func advance(to now: MonotonicInstant) {
    while firstYoung < young.count, young[firstYoung].deadline <= now {
      let (_, path, serial) = young[firstYoung]
      firstYoung += 1
      guard known[path]?.serial == serial else { continue }
      known[path]?.lasts = true
      lastingCount += 1
      sorted = nil
    }
    if firstYoung == young.count {
      (young, firstYoung) = ([], 0)
    } else if firstYoung > 1024, firstYoung > young.count / 2 {
      young.removeFirst(firstYoung)
      firstYoung = 0
    }
  }

  /// Those that were first noticed by `moment`, within the grace or beyond it: how many, and some of them.
  func noticed(until moment: MonotonicInstant, limit: Int) -> (count: Int, first: [UnreadableEntry]) {
    if known.isEmpty { return (0, []) }
    let found = known.values.lazy.filter { $0.noticed <= moment }
    return (found.count, found.prefix(limit).map(\.entry))
  }

  /// Moments that are kept, for a test.
  var kept: Int { young.count }

  /// Those beyond the grace, the longest unreadable first: at most ``listed`` of them.
  mutating func lasting() -> [UnreadableEntry] {
    if let sorted { return sorted }
    let list = known.values.lazy.filter(\.lasts).sorted { $0.serial < $1.serial }.prefix(Self.listed).map(\.entry)
    sorted = list
    return list
  }
}
