package import DeliveryModel
import SystemSupport

/// A file that a built-in rule passes over and that is still there, at rest and closed, after half an hour: perhaps somebody's
/// document under a name that a program uses. Or a place at which another file system is mounted.
package struct Leftover: Sendable, Equatable {
  package let path: RelativePath
  package let rule: NameRule
  /// When it last changed (ctime); of a mount point when it was found.
  package let since: Timestamp

  package init(path: RelativePath, rule: NameRule, since: Timestamp) {
    self.path = path
    self.rule = rule
    self.since = since
  }

  /// How long a file must have been left alone.
  static let age = Duration.seconds(30 * 60)
}

/// The leftovers of a folder, and the names that may become such.
///
/// A pure value: events and scans go in, the paths to look at come out. Names are kept up to a bound; beyond it each scan
/// of everything counts.
struct LeftoverTracker {
  private struct Known {
    let leftover: Leftover
    /// Nanoseconds since 1970.
    let changed: Int64
    /// The scan of everything that was under way, or came next, when it was last met.
    var scan: UInt64
  }

  private var found: [RelativePath: Known] = [:]
  private var due: [RelativePath: MonotonicInstant] = [:]
  private var timers = DeadlineHeap()
  private var scan: UInt64 = 0
  /// Those without a name here: of the last scan of everything, and of the one under way.
  private var unnamed = 0
  private var counting = 0
  private var sorted: [Leftover]?

  /// Names that are kept.
  static let namesKept = 1000
  /// Files that are waited for; what is beyond the next scan finds.
  static let waitingKept = 4096

  var count: Int { found.count + unnamed }
  var nextDeadline: MonotonicInstant? { timers.first?.deadline }

  func contains(_ path: RelativePath) -> Bool { found[path] != nil }

  /// Those whose names are kept: what may be documents first, then by path.
  mutating func list() -> [Leftover] {
    if let sorted { return sorted }
    let list = found.values.map(\.leftover).sorted { $0.comes(before: $1) }
    sorted = list
    return list
  }

  /// An event: the file is there and may have changed. It is looked at once it was left alone.
  mutating func note(_ path: RelativePath, at now: MonotonicInstant, after pause: Duration = Leftover.age) {
    if found.removeValue(forKey: path) != nil { sorted = nil }
    guard due[path] != nil || due.count < Self.waitingKept else { return }
    let moment = now + pause
    // A later moment is found when the timer rings.
    if let known = due.updateValue(moment, forKey: path), known <= moment { return }
    timers.insert(DeadlineHeap.Entry(deadline: moment, path: path, serial: 0))
  }

  /// It is gone, or was delivered.
  mutating func forget(_ path: RelativePath) {
    if found.removeValue(forKey: path) != nil { sorted = nil }
    due[path] = nil
    if timers.count > 2 * due.count + 64 { rebuildTimers() }
  }

  /// Everything in the directory is gone.
  mutating func forget(below directory: RelativePath) {
    for path in Array(found.keys) + Array(due.keys) where path.isSame(as: directory, orBelow: true) { forget(path) }
  }

  /// The next file whose time has come.
  mutating func next(at now: MonotonicInstant) -> RelativePath? {
    while let timer = timers.first, timer.deadline <= now {
      _ = timers.removeFirst()
      guard let moment = due[timer.path] else { continue }
      guard moment > now else {
        due[timer.path] = nil
        return timer.path
      }
      timers.insert(DeadlineHeap.Entry(deadline: moment, path: timer.path, serial: 0))
    }
    return nil
  }

  /// Mount points among those whose names are kept.
  var mounts: [RelativePath] { found.values.lazy.map(\.leftover).filter { $0.rule.kind == .mount }.map(\.path) }

  /// A scan met it as it was when it was found.
  mutating func meet(_ path: RelativePath, changed: Int64) -> Bool {
    guard found[path]?.changed == changed else { return false }
    found[path]?.scan = scan
    return true
  }

  /// It is one. `isCounted` where a scan of everything met it.
  mutating func add(_ leftover: Leftover, changed: Int64, isCounted: Bool) {
    due[leftover.path] = nil
    guard found[leftover.path] != nil || found.count < Self.namesKept else {
      if isCounted { counting += 1 }
      return
    }
    found[leftover.path] = Known(leftover: leftover, changed: changed, scan: scan)
    sorted = nil
  }

  /// A scan of everything is complete: what it did not meet is not there any more.
  mutating func finishScan(isWhole: Bool) {
    defer { counting = 0 }
    guard isWhole else { return }
    unnamed = counting
    let before = found.count
    found = found.filter { $0.value.scan == scan }
    if found.count != before { sorted = nil }
    scan += 1
  }

  private mutating func rebuildTimers() {
    timers = DeadlineHeap()
    for (path, moment) in due { timers.insert(DeadlineHeap.Entry(deadline: moment, path: path, serial: 0)) }
  }
}

extension Leftover {
  /// Paths by their bytes.
  fileprivate func comes(before other: Leftover) -> Bool {
    if order != other.order { return order < other.order }
    return path.bytes.lexicographicallyPrecedes(other.path.bytes)
  }

  private var order: Int {
    switch rule.kind {
    case .unfinished: 0
    case .accompanying: 1
    case .metadata: 2
    case .ownPlace, .ownName, .mount: 0
    }
  }
}
