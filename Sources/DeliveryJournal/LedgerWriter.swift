import Cryptography
import Custody
package import DeliveryModel
import Synchronization

/// How the custody ledger is written; without one nothing is.
package struct LedgerPolicy: Sendable {
  /// Whether names and persons stand in it as codes.
  package var hashesNames: Bool
  /// Whether the clock is known to agree with the service's, at this moment of it.
  package var agrees: @Sendable (Timestamp) -> Bool

  package init(hashesNames: Bool, agrees: @escaping @Sendable (Timestamp) -> Bool) {
    self.hashesNames = hashesNames
    self.agrees = agrees
  }
}

/// Whether the custody ledger is kept, and how.
package final class CustodyKeeping: Sendable {
  private let state = Mutex<LedgerPolicy?>(nil)

  package var policy: LedgerPolicy? {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

/// Appends to the custody ledger inside the transaction of what its entries are about: the state is read once and written
/// once, however many there are.
struct LedgerWriter {
  let database: Database
  let policy: LedgerPolicy
  private(set) var log: OpenLog?
  private var isLoaded = false
  private var isChanged = false

  /// The log that is written to.
  struct OpenLog {
    var number: Int64
    var state: LedgerState
    var namesKey: [UInt8]
  }

  init(_ database: Database, _ policy: LedgerPolicy) {
    self.database = database
    self.policy = policy
  }

  /// Adds the entry of a record. Nothing where no log has begun.
  mutating func append(_ item: RecordedItem, isRejected: Bool, at moment: Timestamp) throws {
    let record = LedgerRecord(item)
    try append(item.isEarlier ? .known(record) : isRejected ? .rejected(record) : .delivered(record), at: moment)
  }

  mutating func append(_ event: LedgerEvent, at moment: Timestamp) throws {
    try load()
    guard let names = log.map({ policy.hashesNames ? HashedNames(masterKey: $0.namesKey) : nil }) else { return }
    try take(log?.state.append(event, at: moment, clockAgrees: policy.agrees(moment), names: names))
  }

  /// Closes days that have ended. Returns how many wait for the clock.
  mutating func tick(at moment: Timestamp) throws -> Int64 {
    try load()
    let step = log?.state.tick(at: moment, clockAgrees: policy.agrees(moment))
    try take(step)
    return step?.daysWaiting ?? 0
  }

  /// Begins a log; where one was written to before, that is ended, and named by the first line.
  ///
  /// `key` is the fingerprint of the key that will sign its days; `id` is random, and so are the 32 bytes of `namesKey`, which
  /// count where there are none yet.
  mutating func begin(
    host: HostLabel, key: SHA256Digest, id: LogID, namesKey: [UInt8], at moment: Timestamp
  ) throws {
    var (number, after, secret) = (Int64(1), LogHead?.none, namesKey)
    if let former = try database.newestLog() {
      (number, after, secret) = (former.log.number + 1, former.log.state.head, former.log.namesKey)
      if try former.standing != .salvaged || isWhole(former.log) {
        after = try end(former.log, before: id, key, at: moment) ?? after
      }
    }
    let new = OpenLog(number: number, state: LedgerState(host: host, log: id, key: key, after: after), namesKey: secret)
    try database.run(
      "INSERT INTO custody_log (number, id, state, names_key) VALUES (?, ?, ?, ?)",
      [.integer(number), .text(id.text), .bytes(new.state.encoded), .bytes(secret)])
    (log, isLoaded, isChanged) = (new, true, false)
  }

  /// Closes the open day of a log for good; the last line names the next log. Returns the head.
  private func end(_ log: OpenLog, before next: LogID, _ key: SHA256Digest, at moment: Timestamp) throws -> LogHead? {
    guard log.state.openDay != nil else { return nil }
    var state = log.state
    let step = state.startSuccessor(log: next, key: key, at: moment)
    for line in step.lines where line.log == log.state.log { try write(line, log.number) }
    for day in step.closed { try write(day, log.number) }
    return step.closed.last?.head
  }

  /// Whether the open day of a log has all its lines.
  private func isWhole(_ log: OpenLog) throws -> Bool {
    guard case .open(let open) = log.state.phase else { return true }
    let (first, next) = (open.firstSequence, log.state.nextSequence)
    let range: [SQLValue] = [.integer(log.place(first)), .integer(log.place(next) - 1)]
    let count = try database.integer("SELECT count(*) FROM custody_entry WHERE place BETWEEN ? AND ?", range)
    let last = try database.first("SELECT line FROM custody_entry WHERE place = ?", [range[1]]) { $0.bytes(0) }
    return count == next - first && last.map { SHA256.digest(of: $0) } == log.state.previousLine
  }

  /// Writes the state, where it is another one.
  mutating func save() throws {
    guard isChanged, let log else { return }
    isChanged = false
    try database.run(
      "UPDATE custody_log SET state = ? WHERE number = ?", [.bytes(log.state.encoded), .integer(log.number)])
  }

  private mutating func load() throws {
    guard !isLoaded else { return }
    isLoaded = true
    if let newest = try database.newestLog(), newest.standing == .inUse { log = newest.log }
  }

  private mutating func take(_ step: LedgerStep?) throws {
    guard let step, let log, !step.lines.isEmpty else { return }
    isChanged = true
    for line in step.lines { try write(line, log.number) }
    for day in step.closed { try write(day, log.number) }
  }

  private func write(_ line: LedgerLine, _ number: Int64) throws {
    try database.run(
      "INSERT INTO custody_entry (place, day, line) VALUES (?, ?, ?)",
      [
        .integer(OpenLog.place(number, line.sequence)), .integer(line.day.daysSinceEpoch), .bytes(line.bytes),
      ])
  }

  private func write(_ day: ClosedDay, _ number: Int64) throws {
    try database.run(
      "INSERT INTO custody_day (log, day, host, first, last, root) VALUES (?, ?, ?, ?, ?, ?)",
      [
        .integer(number), .integer(day.day.daysSinceEpoch), .text(day.host.text), .integer(day.firstSequence),
        .integer(day.lastSequence), .digest(day.root),
      ])
  }
}

extension LedgerWriter.OpenLog {
  /// Where a line stands in the table: the lines of a log are one range of it, in their order.
  func place(_ sequence: Int64) -> Int64 { Self.place(number, sequence) }

  static func place(_ number: Int64, _ sequence: Int64) -> Int64 { number << 40 | sequence }
}

/// What has become of a log.
enum LogStanding: Int64 {
  case inUse = 0
  case switchedOff = 1
  /// It came out of a damaged journal, and may lack its end.
  case salvaged = 2
}

extension Database {
  /// The log that was begun last; nil where there is none, or where it cannot be read.
  func newestLog() throws -> (log: LedgerWriter.OpenLog, standing: LogStanding)? {
    let sql = "SELECT number, state, names_key, standing FROM custody_log ORDER BY number DESC LIMIT 1"
    return try first(sql) { row in
      guard let state = LedgerState(decoding: row.bytes(1)) else { return nil }
      return (
        LedgerWriter.OpenLog(number: row.integer(0), state: state, namesKey: row.bytes(2)),
        LogStanding(rawValue: row.integer(3)) ?? .salvaged
      )
    }
  }
}

extension LedgerRecord {
  /// The record as the table has it.
  init(_ item: RecordedItem) {
    self.init(
      item.attributes.map { name, value in
        switch value {
        case .text(let text): (name, .string(text))
        case .number(let text): (name, .number(text))
        // What is no Base64 stays as it is shown.
        case .binary(let text): (name, Base64.decode(text).map(LedgerRecord.Value.binary) ?? .string(text))
        }
      })
  }
}
