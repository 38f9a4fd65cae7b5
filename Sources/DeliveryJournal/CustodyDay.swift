package import Custody
package import DeliveryModel

/// A closed day of the custody ledger, and what has been done about it.
package struct CustodyDay: Sendable, Equatable {
  /// The journal's own number of its log.
  let number: Int64
  package let closed: ClosedDay
  /// 1; more where somebody else's objects stood where its own were to be.
  package let attempt: Int64
  /// When it was signed.
  package let signed: Timestamp?
  /// When its stamp was taken.
  package let stamped: Timestamp?
  /// When the bucket had all but the stamp.
  package let uploaded: Timestamp?
  /// When the bucket had all.
  package let sealed: Timestamp?

  var day: Int64 { closed.day.daysSinceEpoch }

  /// Of its rows.
  var key: [SQLValue] { [.integer(number), .integer(day)] }

  func place(_ sequence: Int64) -> Int64 { LedgerWriter.OpenLog.place(number, sequence) }

  /// Its directory below the ledger's prefix.
  package var path: String { closed.path + (attempt > 1 ? "-\(attempt)" : "") }

  /// The days that `condition` (SQL over the alias `d`) selects.
  static func all(in database: Database, _ condition: String, _ values: [SQLValue] = []) throws -> [CustodyDay] {
    var days: [CustodyDay] = []
    try database.rows(
      """
      SELECT d.log, l.id, d.day, d.host, d.first, d.last, d.root, d.attempt, d.signed, d.stamped, d.uploaded, \
      d.sealed FROM custody_day d JOIN custody_log l ON l.number = d.log \(condition)
      """, values
    ) { row in
      guard let id = LogID(text: row.text(1)), let host = HostLabel(label: row.text(3)), let root = row.digest(6) else {
        return true
      }
      days.append(
        CustodyDay(
          number: row.integer(0),
          closed: ClosedDay(
            host: host, log: id, day: CivilDate(daysSinceEpoch: row.integer(2)), firstSequence: row.integer(4),
            lastSequence: row.integer(5), root: root),
          attempt: row.integer(7), signed: row.optionalInteger(8).map(DeliveryRow.time),
          stamped: row.optionalInteger(9).map(DeliveryRow.time),
          uploaded: row.optionalInteger(10).map(DeliveryRow.time), sealed: row.optionalInteger(11).map(DeliveryRow.time)
        ))
      return true
    }
    return days
  }
}

/// One of the objects that a day is in the bucket.
package struct CustodyObject: Sendable, Equatable {
  /// Below the day's directory.
  package let name: String
  package let sha256: SHA256Digest
  /// Nil for the lines, which the journal has one by one.
  package let content: [UInt8]?
  /// Whether a request that may have made it was sent.
  package let isAttempted: Bool
  package let isDone: Bool

  package init(
    _ name: String, sha256: SHA256Digest, content: [UInt8]?, isAttempted: Bool = false, isDone: Bool = false
  ) {
    self.name = name
    self.sha256 = sha256
    self.content = content
    self.isAttempted = isAttempted
    self.isDone = isDone
  }
}

/// Where the custody ledger stands.
package struct CustodyStanding: Sendable, Equatable {
  /// The log that is, or was last, written to.
  package let state: LedgerState
  /// Whether it is written to.
  package let isInUse: Bool
  /// Days that are closed and not sealed, oldest first, 100 at most.
  package let unsealed: [CustodyDay]
  package let unsealedCount: Int
  /// The newest day that is sealed.
  package let lastSealed: CustodyDay?

  /// Nil where there never was a ledger.
  init?(in database: Database) throws {
    guard let newest = try database.newestLog() else { return nil }
    state = newest.log.state
    isInUse = newest.standing == .inUse
    unsealed = try CustodyDay.all(in: database, "WHERE d.sealed IS NULL ORDER BY d.log, d.day LIMIT 100")
    unsealedCount = Int(try database.integer("SELECT count(*) FROM custody_day WHERE sealed IS NULL") ?? 0)
    lastSealed = try CustodyDay.all(
      in: database, "WHERE d.sealed IS NOT NULL ORDER BY d.log DESC, d.day DESC LIMIT 1"
    ).first
  }
}
