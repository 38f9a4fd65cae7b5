import DeliveryModel
import SystemSupport

/// The settle rule: which files have come to rest.
///
/// A pure value over the monotonic clock: events, looks and probes go in, the next thing to do and verdicts come out.
/// A file settles when the quiet window since its last event has passed, two stats (one at or after the last event, one
/// at the end) agree, and nobody holds it open for writing. Where no lease can be had, a file of which nothing told that
/// its writer finished waits for 12 windows. An event costs one look-up: its timer is moved only when it rings.
struct SettleTracker {
  /// The window in force: the configured one, or longer for a while.
  private(set) var window: Duration
  /// For files that nobody said to be finished.
  private(set) var longWindow: Duration
  /// However short the window is, a file has rested for so long: what is written within a tick of the file system's clock
  /// could not be told from what was there before.
  var tick = Duration.zero
  private var entries: [RelativePath: SettleEntry] = [:]
  private var timers = DeadlineHeap()
  private var lastSerial: UInt64 = 0

  init(window: Duration) {
    self.window = window
    longWindow = Self.longWindow(of: window)
  }

  private static func longWindow(of window: Duration) -> Duration { window > .zero ? window * 12 : .seconds(5) }

  /// From now on another window counts, also for the files being settled: when their time comes, they are judged by it.
  mutating func change(window: Duration) {
    self.window = window
    longWindow = Self.longWindow(of: window)
  }

  /// Files being settled.
  var count: Int { entries.count }

  /// Timers set, those that lost their meaning among them: for tests.
  var timerCount: Int { timers.count }

  /// When ``next(at:)`` has something to do, at the latest.
  var nextDeadline: MonotonicInstant? { timers.first?.deadline }

  /// When the oldest of the files was first noticed.
  var oldest: Timestamp? { entries.values.lazy.map(\.received).min() }

  /// The files that have waited longer than a file at rest has to, the oldest first, at most `limit` of them; and how many
  /// of all have waited for ``warnAfter``.
  func late(at now: MonotonicInstant, limit: Int) -> (first: [(path: RelativePath, entry: SettleEntry)], overdue: Int) {
    let ordinary = max(longWindow, .seconds(60))
    let late = entries.filter { $0.value.isHeldOpen || now - $0.value.noticed > ordinary }
    let overdue = late.values.count { now - $0.noticed >= Self.warnAfter }
    return (late.sorted { $0.value.noticed < $1.value.noticed }.prefix(limit).map { ($0.key, $0.value) }, overdue)
  }

  /// The files that have waited so long that somebody is to be told, each once.
  mutating func takeOverdue(at now: MonotonicInstant) -> [(path: RelativePath, entry: SettleEntry)] {
    let overdue = entries.filter { !$0.value.isWarned && now - $0.value.noticed >= Self.warnAfter }
    for path in overdue.keys { entries[path]?.isWarned = true }
    return overdue.sorted { $0.value.noticed < $1.value.noticed }.map { ($0.key, $0.value) }
  }

  /// For an empty file: programs reserve a name so before they fill it, or put the whole file in its place.
  static let emptyWindow = Duration.seconds(60)

  static let warnAfter = Duration.seconds(30 * 60)

  /// When the first of them was noticed.
  var oldestNoticed: MonotonicInstant? { entries.values.lazy.map(\.noticed).min() }

  /// Those that were first noticed by `moment`: how many, and some of them.
  func noticed(
    until moment: MonotonicInstant, limit: Int
  ) -> (count: Int, first: [(path: RelativePath, entry: SettleEntry)]) {
    var (count, first) = (0, [(path: RelativePath, entry: SettleEntry)]())
    for (path, entry) in entries where entry.noticed <= moment {
      count += 1
      if first.count < limit { first.append((path, entry)) }
    }
    return (count, first)
  }

  func contains(_ path: RelativePath) -> Bool { entries[path] != nil }

  subscript(path: RelativePath) -> SettleEntry? { entries[path] }

  /// An event on a path. `isGapless`: nothing was missed since the whole folder was looked through.
  mutating func note(
    _ signal: SettleSignal, _ path: RelativePath, at now: MonotonicInstant, received: Timestamp, isGapless: Bool = false
  ) {
    let deadline = now + delay(after: signal)
    if let index = entries.index(forKey: path) {
      entries.values[index].note(signal, at: now, looking: window > .zero)
      schedule(index, path, deadline)
    } else {
      var entry = SettleEntry(received: received, discovery: .event, at: now)
      entry.isOnlyAttributes = isGapless
      entry.note(signal, at: now, looking: window > .zero)
      insert(entry, path, deadline)
    }
  }

  /// Something may have been missed: no event of before tells all that was done.
  mutating func doubt() {
    for index in entries.indices { entries.values[index].isOnlyAttributes = false }
  }

  /// A scan met a file that is not known, or known in another state, with this identity; it had rested so long by the wall
  /// clock.
  mutating func found(
    _ path: RelativePath, _ identity: FileIdentity, by discovery: Discovery, at now: MonotonicInstant,
    received: Timestamp, rested: Duration = .zero, isKnownOtherwise: Bool = false
  ) {
    if let index = entries.index(forKey: path) {
      if isKnownOtherwise {
        entries.values[index].isKnownOtherwise = true
        entries.values[index].isOnlyAttributes = false
      }
      guard let observed = entries.values[index].observed, !observed.matches(identity) else { return }
      entries.values[index].changed(to: identity, at: now)
      schedule(index, path, now + window)
    } else {
      var entry = SettleEntry(received: received, discovery: discovery, at: now)
      entry.observed = identity
      entry.isKnownOtherwise = isKnownOtherwise
      entry.restedBefore = min(max(rested, .zero), Self.emptyWindow)
      entry.stage = .probe
      insert(entry, path, now + max(window, tick))
    }
  }

  /// The file is gone or no longer wanted.
  mutating func forget(_ path: RelativePath) {
    entries[path] = nil
    if timers.count > 2 * entries.count + 64 { rebuildTimers() }
  }

  /// Everything in the directory is gone; what bears its name by now is another.
  mutating func forget(below directory: RelativePath) {
    for path in entries.keys.filter({ $0 != directory && $0.isSame(as: directory, orBelow: true) }) { forget(path) }
  }

  /// The next thing that is due; the caller answers with ``looked(_:_:at:)`` or ``probed(_:_:at:)``, or forgets the path.
  mutating func next(at now: MonotonicInstant) -> SettleStep? {
    while let timer = timers.first, timer.deadline <= now {
      _ = timers.removeFirst()
      guard let index = entries.index(forKey: timer.path), entries.values[index].serial == timer.serial else {
        continue
      }
      let entry = entries.values[index]
      guard entry.deadline > now else {
        return entry.stage == .look ? .look(timer.path) : .probe(timer.path)
      }
      arm(index, timer.path, entry.deadline)
    }
    return nil
  }

  /// The answer to ``SettleStep/look(_:)``: the identity at or after the last event, nil where it could not be had.
  mutating func looked(_ path: RelativePath, _ identity: FileIdentity?, at now: MonotonicInstant) {
    guard let index = entries.index(forKey: path) else { return }
    entries.values[index].observed = identity
    entries.values[index].stage = .probe
    arm(index, path, max(entries.values[index].lastEvent + window, now))
  }

  /// The answer to ``SettleStep/probe(_:)``.
  ///
  /// - Returns: how it was judged complete, and it is then no longer tracked; nil if it must wait.
  mutating func probed(_ path: RelativePath, _ probe: SettleProbe, at now: MonotonicInstant) -> SettleEvidence? {
    guard let index = entries.index(forKey: path) else { return nil }
    var entry = entries.values[index]  // its own copy: lending the table's would copy the whole table
    switch judge(&entry, probe, at: now) {
    case .settled(let evidence):
      entries.remove(at: index)
      return evidence
    case .wait(let deadline):
      entries.values[index] = entry
      arm(index, path, deadline)
      return nil
    }
  }

  private enum Judgement {
    case settled(SettleEvidence)
    case wait(until: MonotonicInstant)
  }

  private func judge(_ entry: inout SettleEntry, _ probe: SettleProbe, at now: MonotonicInstant) -> Judgement {
    switch probe {
    case .inUse:
      entry.isHeldOpen = true
      return .wait(until: now + entry.nextInterval(upTo: max(window, .seconds(1))))
    case .awaitsPartner:
      return .wait(until: now + entry.nextInterval(upTo: max(window, .seconds(15))))
    case .failed:
      return .wait(until: now + entry.nextInterval(upTo: max(window, .seconds(60))))
    case .quiet(let identity, let lease):
      entry.isHeldOpen = false
      guard let observed = entry.observed ?? (window == .zero ? identity : nil) else {
        entry.observed = identity
        return .wait(until: now + window / 2)
      }
      guard observed.matches(identity) else {
        entry.changed(to: identity, at: now)
        return .wait(until: now + window)
      }
      let ordinary = lease || entry.finished ? window : longWindow
      let required = identity.size == 0 ? max(ordinary, Self.emptyWindow - entry.restedBefore) : max(ordinary, tick)
      if now < entry.lastEvent + required { return .wait(until: entry.lastEvent + required) }
      return .settled(lease ? .lease : entry.finished ? .quietWindow : .longWindow)
    }
  }

  /// Half the window until the first look; with no window, at once if a writer finished, else soon: it may be about to.
  private func delay(after signal: SettleSignal) -> Duration {
    if window > .zero { return window / 2 }
    return signal == .closed || signal == .movedIn ? tick : .seconds(1)
  }

  private mutating func insert(_ entry: SettleEntry, _ path: RelativePath, _ deadline: MonotonicInstant) {
    entries[path] = entry
    if let index = entries.index(forKey: path) { arm(index, path, deadline) }
  }

  /// A later deadline is found when the timer rings; only an earlier one needs a new timer.
  private mutating func schedule(
    _ index: Dictionary<RelativePath, SettleEntry>.Index, _ path: RelativePath, _ deadline: MonotonicInstant
  ) {
    if deadline < entries.values[index].armed {
      arm(index, path, deadline)
    } else {
      entries.values[index].deadline = deadline
    }
  }

  private mutating func arm(
    _ index: Dictionary<RelativePath, SettleEntry>.Index, _ path: RelativePath, _ deadline: MonotonicInstant
  ) {
    lastSerial += 1
    entries.values[index].serial = lastSerial
    entries.values[index].deadline = deadline
    entries.values[index].armed = deadline
    timers.insert(DeadlineHeap.Entry(deadline: deadline, path: path, serial: lastSerial))
  }

  private mutating func rebuildTimers() {
    timers = DeadlineHeap()
    for (path, entry) in entries {
      timers.insert(DeadlineHeap.Entry(deadline: entry.armed, path: path, serial: entry.serial))
    }
  }
}
