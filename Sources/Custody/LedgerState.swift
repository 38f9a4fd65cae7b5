import Cryptography
package import DeliveryModel

/// Where a host's ledger stands: all that is needed to write its next line.
///
/// A pure value. The journal keeps it (``encoded``) and commits what a step returns together with it; a step whose
/// transaction fails is forgotten with its state.
package struct LedgerState: Equatable, Sendable {
  /// How far the log has come.
  package enum Phase: Equatable, Sendable {
    /// Nothing is written yet; the head of the log before, where one is known.
    case new(after: LogHead?)
    /// A day is open: from the first line on there always is one.
    case open(OpenDay)
  }

  /// The day that lines go to.
  package struct OpenDay: Equatable, Sendable {
    package let day: CivilDate
    package let firstSequence: Int64
    /// Over the lines that the day has so far.
    package internal(set) var tree: MerkleFrontier
    /// The day before; nil for a log's first.
    package let previous: LogHead?
  }

  package let host: HostLabel
  package internal(set) var log: LogID
  /// The number of the next line.
  package internal(set) var nextSequence: Int64
  /// SHA-256 of the last line; zeros before the first.
  package internal(set) var previousLine: SHA256Digest
  /// The fingerprint of the key that signs.
  package internal(set) var key: SHA256Digest
  package internal(set) var phase: Phase

  /// A log without lines. `key` is the fingerprint of the key that will sign its days.
  package init(host: HostLabel, log: LogID, key: SHA256Digest, after: LogHead? = nil) {
    self.init(host: host, log: log, nextSequence: 1, previousLine: .zero, key: key, phase: .new(after: after))
  }

  init(
    host: HostLabel, log: LogID, nextSequence: Int64, previousLine: SHA256Digest, key: SHA256Digest, phase: Phase
  ) {
    self.host = host
    self.log = log
    self.nextSequence = nextSequence
    self.previousLine = previousLine
    self.key = key
    self.phase = phase
  }

  /// The day that lines go to; nil before the first line.
  package var openDay: CivilDate? {
    guard case .open(let open) = phase else { return nil }
    return open.day
  }

  /// The last day that was closed; nil where none was.
  package var head: LogHead? {
    guard case .open(let open) = phase else { return nil }
    return open.previous
  }

  /// Whether the open day lies ahead of the clock by more than a day, as after a start under a clock that was wrong. Where
  /// the clock is known to agree now, ``startSuccessor(log:key:at:)`` begins a log under the right date.
  package func isAhead(of moment: Timestamp) -> Bool {
    guard let openDay else { return false }
    return openDay.daysSinceEpoch - moment.date.daysSinceEpoch > 1
  }

  /// Appends an entry, after closing the days that have ended.
  ///
  /// Its day is the later of the open day and the date of `at`. One day that ended is closed whatever the clock says. More
  /// than one are closed only where `clockAgrees` (the clock is known to agree with the service's `Date`); else the entry
  /// goes to the open day and the step says that days wait. A log without lines begins with the date of `at`.
  ///
  /// `names`: how names are coded; nil writes them in clear.
  package mutating func append(
    _ event: LedgerEvent, at moment: Timestamp, clockAgrees: Bool, names: HashedNames? = nil
  ) -> LedgerStep {
    var step = LedgerStep()
    if case .new(let after) = phase { open(moment.date, after: after, at: moment, &step) }
    closeEndedDays(at: moment, clockAgrees: clockAgrees, &step)
    write(event, at: moment, names: names, &step)
    return step
  }

  /// Closes the days that have ended, as ``append(_:at:clockAgrees:names:)`` does, where no entry comes. Opens a new log's
  /// first day once the clock is known to agree.
  package mutating func tick(at moment: Timestamp, clockAgrees: Bool) -> LedgerStep {
    var step = LedgerStep()
    if case .new(let after) = phase {
      guard clockAgrees else { return step }
      open(moment.date, after: after, at: moment, &step)
    }
    closeEndedDays(at: moment, clockAgrees: clockAgrees, &step)
    return step
  }

  /// Ends this log and begins `log`, whose first line names this one's head: where another wrote under this log's name, where
  /// the open day is wrong, or where a new key cannot be signed with the old one.
  package mutating func startSuccessor(log: LogID, key: SHA256Digest, at moment: Timestamp) -> LedgerStep {
    var step = LedgerStep()
    var after: LogHead?
    switch phase {
    case .new(let head): after = head
    case .open: after = close(at: moment, next: log, &step)
    }
    self.log = log
    self.key = key
    nextSequence = 1
    previousLine = .zero
    open(moment.date, after: after, at: moment, &step)
    return step
  }

  private mutating func closeEndedDays(at moment: Timestamp, clockAgrees: Bool, _ step: inout LedgerStep) {
    let today = moment.date.daysSinceEpoch
    guard let first = openDay?.daysSinceEpoch, first < today else { return }
    guard clockAgrees || today - first == 1 else {
      step.daysWaiting = today - first
      return
    }
    for day in first + 1...today {
      let head = close(at: moment, next: nil, &step)
      open(CivilDate(daysSinceEpoch: day), after: head, at: moment, &step)
    }
  }

  /// Writes `opened`. `after`: the day before, or the head of the log before.
  private mutating func open(_ day: CivilDate, after: LogHead?, at moment: Timestamp, _ step: inout LedgerStep) {
    var members: [CanonicalJSON.Member] = [
      .init("day", .string(day.iso8601)), .init("host", .string(host.text)), .init("key", .string(key.hex)),
      .init("log", .string(log.text)),
    ]
    let previous = after.flatMap { $0.log == log ? $0 : nil }
    if let previous {
      members.append(.init("checkpoint", .string(previous.checkpoint.hex)))
    } else if let after {
      members.append(.init("after", after.json))
    }
    phase = .open(OpenDay(day: day, firstSequence: nextSequence, tree: MerkleFrontier(), previous: previous))
    write(.opened, members, at: moment, &step)
  }

  /// Writes `closed` and returns the day's head. Does nothing where no day is open.
  private mutating func close(at moment: Timestamp, next: LogID?, _ step: inout LedgerStep) -> LogHead? {
    guard case .open(let open) = phase else { return nil }
    var members: [CanonicalJSON.Member] = [.init("count", .integer(open.tree.size + 1))]
    if let next { members.append(.init("next_log", .string(next.text))) }
    write(.closed, members, at: moment, &step)
    guard case .open(let ended) = phase else { return nil }
    let day = ClosedDay(
      host: host, log: log, day: ended.day, firstSequence: ended.firstSequence, lastSequence: nextSequence - 1,
      root: ended.tree.root)
    step.closed.append(day)
    return day.head
  }

  private mutating func write(
    _ event: LedgerEvent, at moment: Timestamp, names: HashedNames?, _ step: inout LedgerStep
  ) {
    func members(of record: LedgerRecord) -> [CanonicalJSON.Member] {
      guard let names else { return [.init("record", record.json)] }
      let hidden = names.hiding(record, log: log, sequence: nextSequence)
      return [.init("names", .string("hashed")), .init("record", hidden.json)]
    }
    switch event {
    case .delivered(let record): write(.delivered, members(of: record), at: moment, &step)
    case .rejected(let record): write(.rejected, members(of: record), at: moment, &step)
    case .known(let record): write(.known, members(of: record), at: moment, &step)
    case .stamped(let stamp): write(.stamped, [.init("stamp", stamp.json)], at: moment, &step)
    case .key(let announcement):
      write(.key, [.init("next", announcement.json)], at: moment, &step)
      key = announcement.next.fingerprint
    }
  }

  private mutating func write(
    _ type: LedgerEntryType, _ members: [CanonicalJSON.Member], at moment: Timestamp, _ step: inout LedgerStep
  ) {
    guard case .open(var open) = phase else { return }
    let line = CanonicalJSON.object(
      members + [
        .init("at", .string(moment.iso8601)), .init("prev", .string(previousLine.hex)),
        .init("seq", .integer(nextSequence)), .init("type", .string(type.rawValue)), .init("v", .integer(1)),
      ]
    ).bytes
    let leaf = MerkleTree.leaf(line)
    step.lines.append(
      LedgerLine(log: log, sequence: nextSequence, day: open.day, type: type, bytes: line, leaf: leaf))
    open.tree.append(leaf)
    phase = .open(open)
    previousLine = SHA256.digest(of: line)
    nextSequence += 1
  }
}
