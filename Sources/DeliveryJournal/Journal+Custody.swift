package import Custody
package import DeliveryModel

/// What the journal keeps of the custody ledger.
extension Journal {
  /// Whether a log is written to, and by which key its days are signed; nil where none is.
  package func custodyLog() async throws(JournalError) -> LedgerState? {
    try await onWriter { database in
      guard let newest = try database.newestLog(), newest.standing == .inUse else { return nil }
      return newest.log.state
    }
  }

  /// Begins a log, whose first line names the one before where there was one. Entries are written from now on.
  package func beginCustody(
    host: HostLabel, key: SHA256Digest, id: LogID, namesKey: [UInt8], at moment: Timestamp
  ) async throws(JournalError) {
    try await write { writer in
      try writer.ledger?.begin(host: host, key: key, id: id, namesKey: namesKey, at: moment)
    }
  }

  /// Notes that entries were not written from now on: what is switched on again is another log.
  package func leaveCustody() async throws(JournalError) {
    try await transaction { database in
      try database.run("UPDATE custody_log SET standing = 1 WHERE standing = 0")
    }
  }

  /// Closes the days that have ended. Returns how many wait for the clock to be confirmed.
  package func tickCustody(at moment: Timestamp) async throws(JournalError) -> Int64 {
    try await write { writer in try writer.ledger?.tick(at: moment) ?? 0 }
  }

  /// Adds an entry of no delivery.
  package func appendToCustody(_ event: LedgerEvent, at moment: Timestamp) async throws(JournalError) {
    try await write { writer in try writer.ledger?.append(event, at: moment) }
  }

  // MARK: Days

  /// The days that are closed and not sealed, oldest first, at most `limit`.
  package func unsealedDays(limit: Int) async throws(JournalError) -> [CustodyDay] {
    try await onWriter { try CustodyDay.all(in: $0, "WHERE d.sealed IS NULL ORDER BY d.log, d.day LIMIT \(limit)") }
  }

  /// Lines of a day from `sequence` on, each without its newline, at most so many.
  package func custodyLines(
    of day: CustodyDay, from sequence: Int64, limit: Int
  ) async throws(JournalError) -> [[UInt8]] {
    try await onWriter { database in
      var lines: [[UInt8]] = []
      let (first, last) = (day.place(sequence), day.place(min(day.closed.lastSequence, sequence + Int64(limit) - 1)))
      try database.rows(
        "SELECT line FROM custody_entry WHERE place BETWEEN ? AND ? ORDER BY place", [.integer(first), .integer(last)]
      ) {
        lines.append($0.bytes(0))
        return true
      }
      return lines
    }
  }

  /// A day is signed: what its objects are is fixed from now on, so that a repeated attempt sends the same.
  package func sign(
    _ day: CustodyDay, _ objects: [CustodyObject], at moment: Timestamp
  ) async throws(JournalError) {
    try await transaction { database in
      try database.run(
        "UPDATE custody_day SET signed = ? WHERE signed IS NULL AND log = ? AND day = ?",
        [.time(moment)] + day.key)
      guard database.changesCount == 1 else { return }
      for (position, object) in objects.enumerated() { try Self.add(object, to: day, at: position, in: database) }
    }
  }

  private static func add(
    _ object: CustodyObject, to day: CustodyDay, at position: Int, in database: Database
  ) throws {
    try database.run(
      "INSERT INTO custody_object (log, day, position, name, sha256, content) VALUES (?, ?, ?, ?, ?, ?)",
      day.key + [
        .integer(Int64(position)), .text(object.name), .digest(object.sha256),
        object.content.map { .bytes($0) } ?? .null,
      ])
  }

  /// A day's objects, in the order in which they are sent.
  package func objects(of day: CustodyDay) async throws(JournalError) -> [CustodyObject] {
    try await onWriter { database in
      var objects: [CustodyObject] = []
      try database.rows(
        "SELECT name, sha256, content, attempted, done FROM custody_object WHERE log = ? AND day = ? ORDER BY position",
        day.key
      ) { row in
        guard let digest = row.digest(1) else { return true }
        objects.append(
          CustodyObject(
            row.text(0), sha256: digest, content: row.optionalBytes(2), isAttempted: row.integer(3) == 1,
            isDone: row.integer(4) == 1))
        return true
      }
      return objects
    }
  }

  /// An object is about to be sent: durable before it is, so that what is found in its place later is known for our own.
  package func attempt(_ object: CustodyObject, of day: CustodyDay) async throws(JournalError) {
    try await note("attempted", object, day)
  }

  /// The bucket has the object.
  package func finish(_ object: CustodyObject, of day: CustodyDay) async throws(JournalError) {
    try await note("done", object, day)
  }

  private func note(_ column: String, _ object: CustodyObject, _ day: CustodyDay) async throws(JournalError) {
    try await transaction { database in
      try database.run(
        "UPDATE custody_object SET \(column) = 1 WHERE log = ? AND day = ? AND name = ?", day.key + [.text(object.name)]
      )
    }
  }

  /// Somebody else's object stands where one of this day was to be: all of the day's go to another place.
  package func giveWay(_ day: CustodyDay) async throws(JournalError) {
    try await transaction { database in
      try database.run(
        "UPDATE custody_day SET attempt = ?, uploaded = NULL WHERE log = ? AND day = ?",
        [.integer(day.attempt + 1)] + day.key)
      try database.run("UPDATE custody_object SET attempted = 0, done = 0 WHERE log = ? AND day = ?", day.key)
    }
  }

  /// The bucket has all of a day but its stamp.
  package func uploaded(_ day: CustodyDay, at moment: Timestamp) async throws(JournalError) {
    try await change(day, "UPDATE custody_day SET uploaded = ? WHERE uploaded IS NULL", [.time(moment)])
  }

  /// A day's checkpoint is stamped: kept, and entered in the ledger at once.
  package func stamp(
    _ day: CustodyDay, _ object: CustodyObject, entry: DayStamp, at moment: Timestamp
  ) async throws(JournalError) {
    try await write { writer in
      let database = writer.database
      try database.run(
        "UPDATE custody_day SET stamped = ? WHERE stamped IS NULL AND log = ? AND day = ?", [.time(moment)] + day.key)
      guard database.changesCount == 1 else { return }
      let count = try database.integer("SELECT max(position) FROM custody_object WHERE log = ? AND day = ?", day.key)
      try Self.add(object, to: day, at: Int(count ?? 0) + 1, in: database)
      try writer.ledger?.append(.stamped(entry), at: moment)
    }
  }

  /// The bucket has all of a day that is wanted.
  package func seal(_ day: CustodyDay, at moment: Timestamp) async throws(JournalError) {
    try await change(day, "UPDATE custody_day SET sealed = ? WHERE sealed IS NULL", [.time(moment)])
  }

  /// `sql` is an update with a condition.
  private func change(_ day: CustodyDay, _ sql: String, _ values: [SQLValue]) async throws(JournalError) {
    try await transaction { database in
      try database.run(sql + " AND log = ? AND day = ?", values + day.key)
    }
  }

  /// Deletes the lines of days that were sealed before `moment`, and what else is kept of them, at most `limit` lines.
  /// Returns whether there may be more. What is not sealed stays, however old it is; so does each log's last day.
  package func pruneCustody(before moment: Timestamp, limit: Int) async throws(JournalError) -> Bool {
    try await transaction { database in
      let old = try CustodyDay.all(
        in: database,
        """
        WHERE d.sealed < ?1 AND d.day < ?2 AND EXISTS (SELECT 1 FROM custody_entry e \
        WHERE e.place BETWEEN (d.log << 40 | d.first) AND (d.log << 40 | d.last)) ORDER BY d.log, d.day LIMIT 1
        """, [.time(moment), .integer(moment.date.daysSinceEpoch)])
      guard let day = old.first else { return false }
      try database.run(
        """
        DELETE FROM custody_entry WHERE place IN (SELECT place FROM custody_entry WHERE place BETWEEN ? AND ? \
        ORDER BY place LIMIT ?)
        """,
        [
          .integer(day.place(day.closed.firstSequence)), .integer(day.place(day.closed.lastSequence)),
          .integer(Int64(limit)),
        ])
      return true
    }
  }

  /// What `custody status` tells.
  package func custodyStanding() async throws(JournalError) -> CustodyStanding? {
    try await onWriter { try CustodyStanding(in: $0) }
  }
}

extension JournalReader {
  /// The same for a command.
  package func custodyStanding() throws(JournalError) -> CustodyStanding? {
    try read { try CustodyStanding(in: $0) }
  }
}
