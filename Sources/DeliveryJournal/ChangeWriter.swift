import DeliveryModel

/// Writes changes inside one transaction. Each is an update that names the states it may start from, and must hit
/// exactly one row. The numbers of the states are those of ``StateCode``.
struct ChangeWriter {
  let database: Database
  var alerts: AlertWriter
  /// Nil where no custody ledger is kept.
  var ledger: LedgerWriter?
  /// Whether any multipart upload has parts: mostly not, and then there are none to delete.
  var hasParts: Bool
  /// Whether digests of large files are kept.
  var hasDigests: Bool
  /// Whether a note about a refused file may stand in a folder: mostly not, and then none can be out of date.
  let hasNotes: Bool
  let roots: FolderRoots
  /// Which of the changes written by ``write(_:)`` began a delivery though they were to go on with one, by their place.
  private(set) var unrecognized: [Int] = []

  init(_ database: Database, _ policy: AlertPolicy? = nil, ledger: LedgerPolicy? = nil) throws {
    self.database = database
    self.ledger = ledger.map { LedgerWriter(database, $0) }
    alerts = AlertWriter(database, policy)
    roots = FolderRoots(database)
    hasParts = try database.integer("SELECT 1 FROM part LIMIT 1") != nil
    hasDigests = try database.integer("SELECT 1 FROM content_digest LIMIT 1") != nil
    hasNotes = try database.integer(Self.anyNote) != nil
  }

  static let anyNote = "SELECT 1 FROM delivery INDEXED BY delivery_refused_inode WHERE aside IS NOT NULL LIMIT 1"

  /// Writes the changes in order; returns the numbers of the new deliveries.
  mutating func write(_ changes: [JournalChange]) throws -> [Int64] {
    var numbers: [Int64] = []
    var index = 0
    while index < changes.count {
      // What is always written together is one update.
      if case .prepared(let number, let prepared) = changes[index], index + 1 < changes.count,
        case .attemptBegan(number, _) = changes[index + 1]
      {
        try prepare(number, prepared, attempts: 1, changes[index])
        index += 2
        continue
      }
      if let number = try write(changes[index]) {
        numbers.append(number)
        if case .recognized = changes[index] { unrecognized.append(index) }
      }
      index += 1
    }
    return numbers
  }

  /// The number of a new delivery, for ``JournalChange/received(_:)`` and for a file that was not recognized after all.
  private mutating func write(_ change: JournalChange) throws -> Int64? {
    switch change {
    case .received(let file): return try insert(file)
    case .recognized(let file, let recognition): return try recognize(file, as: recognition) ? nil : try insert(file)
    case .prepared(let number, let prepared): try prepare(number, prepared, attempts: 0, change)
    case .identified(let number, let id, let objectKey): try identify(number, id, objectKey, change)
    case .asked(let number): try noteAsked(number, change)
    case .known(let number, let prepared, let receipt, let moment, let item):
      try finish(number, prepared, receipt, moment, change)
      if let item { try ledger?.append(item, isRejected: false, at: moment) }
    case .digested(let number, let digests): try save(digests, number, change)
    case .judged(let number, let verdict): try judge(number, verdict, change)
    case .attemptBegan(let number, _):
      try update("UPDATE delivery SET attempts = attempts + 1 WHERE number = ? AND state IN (0, 1)", [], number, change)
    case .uploaded(let number, let receipt): try upload(number, receipt, change)
    case .logged(let number, let moment, let found, let item):
      try log(number, moment, found, change)
      if let item, ledger != nil {
        let state = try database.integer("SELECT state FROM delivery WHERE number = ?", [.integer(number)])
        try ledger?.append(item, isRejected: state == 5, at: moment)
      }
    case .failed(let number, let failure, let moment, let next): try fail(number, failure, moment, next, change)
    case .crashed(let number, let moment): try crash(number, moment, change)
    case .parked(let number, let code, let reason, let moment, let ids):
      try park(number, code, reason, moment, ids, change)
    case .withdrawn(let number, let reason, let moment): try withdraw(number, reason, moment, from: "(0, 3)", change)
    case .unchanged(let number, let other, let identity, let moment):
      try noteUnchanged(number, other, identity, moment, change)
    case .retried(let number, let moment): try retry(number, moment, change)
    case .multipartBegan(let number, let uploadID, let partSize, let checksum, let target):
      try begin(number, uploadID, partSize, checksum, change)
      if let target { try save(target, number, change) }
    case .completionBegan(let number, let until): try beginCompletion(number, until, change)
    case .completionTakenBack(let number): try takeBackCompletion(number, change)
    case .partUploaded(let number, let part, let acknowledged): try savePart(number, part, acknowledged, change)
    case .multipartForgotten(let number): try forgetMultipart(number, change)
    case .errand(let number, let step): try write(step, number, change)
    case .checksumFound(let finding): try save(finding)
    case .alert(let notice): try alerts.write(notice)
    }
    return nil
  }

  private func insert(_ file: SettledFile) throws -> Int64 {
    let (identity, directory) = (file.identity, file.path.directory.bytes)
    try database.run(
      """
      INSERT INTO delivery (state, next_attempt, folder, directory, name, device, inode, size, modified, changed, \
      generation, owner, received, settled, evidence, discovery, root, audience, place, arrival) \
      VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, randomblob(16))
      """,
      [
        .time(file.settled), .text(file.folder), .bytes(directory), .bytes(Array(file.path.name)),
        .bits(identity.device), .bits(identity.inode), .integer(identity.size), .integer(identity.modified),
        .integer(identity.changed), .bits(identity.generation), .integer(Int64(file.owner)), .time(file.received),
        .time(file.settled), .text(file.evidence.rawValue), .text(file.discovery.rawValue),
        try file.root.map { .integer(try roots.number(of: $0, folder: file.folder)) } ?? .null,
        file.audience.map { .integer($0.rawValue) } ?? .null,
        .integer(DeliveryPath.place(directory, folder: file.folder)),
      ])
    return database.lastInsertedRowID
  }

  private func prepare(
    _ number: Int64, _ prepared: PreparedDelivery, attempts: Int64, _ change: JournalChange
  ) throws {
    try update(
      """
      UPDATE delivery SET sha256 = ?, delivery_id = ?, bucket = ?, object_key = ?, content_type = ?, owner_name = ?, \
      host = ?, saved_by = ?, saved_from = ?, saved_by_source = ?, attempts = attempts + ? WHERE number = ? AND state = 0
      """,
      [
        prepared.sha256.map(SQLValue.digest) ?? .null, .bytes(prepared.id.bytes), .text(prepared.bucket),
        .text(prepared.objectKey),
        .text(prepared.contentType), .text(prepared.owner), .text(prepared.host),
        .text(prepared.saver?.user), .text(prepared.saver?.address), .text(prepared.saver?.source),
        .integer(attempts),
      ], number, change)
  }

  private func upload(_ number: Int64, _ receipt: UploadReceipt, _ change: JournalChange) throws {
    try deleteParts(number)
    try deleteDigests(number)
    try update(
      """
      UPDATE delivery SET state = 1, etag = ?, version_id = ?, uploaded = ?, crc64 = ?, upload_id = NULL, part_size = NULL, \
      failures = 0, strikes = 0, restarts = 0, last_code = NULL, last_error = NULL \
      WHERE number = ? AND state = 0 AND sha256 IS NOT NULL
      """,
      [
        .text(receipt.etag), .text(receipt.versionID), .time(receipt.uploaded),
        receipt.crc64.map { .bytes($0.bytes) } ?? .null,
      ], number, change)
  }

  private func log(_ number: Int64, _ moment: Timestamp, _ found: Bool, _ change: JournalChange) throws {
    try update(
      """
      UPDATE delivery SET state = iif(verdict IS 'rejected', 5, 2), logged = iif(verdict IS 'rejected', NULL, ?), ended = ?, \
      already_recorded = ?, last_code = NULL, last_error = iif(verdict IS 'rejected', reason, NULL) \
      WHERE number = ? AND state = 1
      """, [.time(moment), .time(moment), .integer(found ? 1 : 0)], number, change)
    try tidy(after: number)
  }

  private func fail(
    _ number: Int64, _ failure: ServiceFailure, _ moment: Timestamp, _ next: Timestamp, _ change: JournalChange
  ) throws {
    try noteAttempt(number, failure.code, failure.message, moment, ids: failure.ids)
    try update(
      """
      UPDATE delivery SET next_attempt = ?, failures = failures + 1, restarts = restarts + ?, last_code = ?, \
      last_error = ? WHERE number = ? AND state IN (0, 1)
      """,
      [
        .time(next), .integer(failure.failureClass.restarts ? 1 : 0), .text(failure.code), .text(failure.message),
      ], number, change)
  }

  private mutating func crash(_ number: Int64, _ moment: Timestamp, _ change: JournalChange) throws {
    let reason = "the daemon ended while it had this file in hand"
    try noteAttempt(number, "crash", reason, moment)
    try update(
      """
      UPDATE delivery SET strikes = strikes + 1, last_code = 'crash', last_error = ?1, \
      state = iif(strikes + 1 < ?2, state, 3), ended = iif(strikes + 1 < ?2, ended, ?3) \
      WHERE number = ?4 AND state IN (0, 1)
      """, [.text(reason), .integer(Int64(Delivery.strikeLimit)), .time(moment)], number, change)
    if alerts.wants(.parked),
      try database.integer("SELECT state FROM delivery WHERE number = ?", [.integer(number)]) == 3
    {
      try alerts.write(.parked, delivery: number, reason, at: moment)
    }
  }

  private mutating func park(
    _ number: Int64, _ code: String, _ reason: String, _ moment: Timestamp, _ ids: RequestIDs, _ change: JournalChange
  ) throws {
    try noteAttempt(number, code, reason, moment, ids: ids)
    try update(
      "UPDATE delivery SET state = 3, last_code = ?, last_error = ?, ended = ? WHERE number = ? AND state IN (0, 1)",
      [.text(code), .text(reason), .time(moment)], number, change)
    try alerts.write(.parked, delivery: number, reason, at: moment)
  }

  /// A parked delivery that has its receipt is uploaded already: it must end in a record, and cannot be withdrawn.
  private func withdraw(
    _ number: Int64, _ reason: String, _ moment: Timestamp, from states: String, _ change: JournalChange
  ) throws {
    try deleteParts(number)
    try deleteDigests(number)
    try update(
      """
      UPDATE delivery SET state = 4, last_error = ?, ended = ?, upload_id = NULL, part_size = NULL \
      WHERE number = ? AND state IN \(states) AND etag IS NULL
      """, [.text(reason), .time(moment)], number, change)
    try database.run(Self.thinning, [.integer(number)])
  }

  /// How many withdrawn deliveries of one path tell enough: a file may be touched, or replaced before its upload, without
  /// end. Looks at the last few rows of the path; what is left of older ones goes with ``Journal/prune(before:limit:from:)``.
  static let keptWithdrawn = 20

  static let thinning = """
    DELETE FROM delivery WHERE number IN (SELECT number FROM (SELECT o.number, o.state, o.last_code FROM delivery d JOIN delivery o \
    ON \(DeliveryPath.isSame("o", as: "d")) AND o.number < d.number \
    WHERE d.number = ?1 ORDER BY o.number DESC LIMIT \(keptWithdrawn + 20)) WHERE state = 4 AND last_code IS NOT 'dismissed' \
    ORDER BY number DESC LIMIT -1 \
    OFFSET \(keptWithdrawn - 1))
    """

  /// The touched file is the one that was sent: the row of that takes its new identity, so that scans know it.
  private func noteUnchanged(
    _ number: Int64, _ other: Int64, _ identity: FileIdentity, _ moment: Timestamp, _ change: JournalChange
  ) throws {
    try update(
      """
      UPDATE delivery SET device = ?, inode = ?, modified = ?, changed = ?, generation = ? WHERE number = ? \
      AND (state IN (1, 2) OR state = 4 AND last_code IS 'dismissed') \
      AND (folder, directory, name) = (SELECT n.folder, n.directory, n.name FROM delivery n WHERE n.number = ?)
      """,
      [
        .bits(identity.device), .bits(identity.inode), .integer(identity.modified), .integer(identity.changed),
        .bits(identity.generation), .integer(other),
      ], number, change)
    let reason = "touched, but its content is that of delivery \(other)"
    try withdraw(number, reason, moment, from: "(0)", change)
    try tidy(after: number)
  }

  private func retry(_ number: Int64, _ moment: Timestamp, _ change: JournalChange) throws {
    try update(
      """
      UPDATE delivery SET state = CASE WHEN etag IS NULL AND (verdict IS NOT 'rejected' OR state = 5) THEN 0 ELSE 1 END, \
      verdict = iif(state = 5, NULL, verdict), next_attempt = ?, ended = NULL, \
      failures = 0, strikes = 0, restarts = 0 WHERE number = ? AND state IN (0, 1, 3, 5)
      """, [.time(moment)], number, change)
  }

  /// The same for every open delivery, or every one of a folder, that is not due already with nothing held against it.
  func retryOpen(_ moment: Timestamp, folder: String? = nil) throws {
    try database.run(
      """
      UPDATE delivery SET next_attempt = ?1, failures = 0, strikes = 0, restarts = 0 \
      WHERE state IN (0, 1) AND (next_attempt > ?1 OR failures > 0 OR strikes > 0 OR restarts > 0)
      """ + (folder == nil ? "" : " AND folder = ?2"), [.time(moment)] + (folder.map { [.text($0)] } ?? []))
  }

  /// The newest 50 of a delivery are kept, so that years of an outage do not fill the disk.
  private func noteAttempt(
    _ number: Int64, _ code: String, _ message: String, _ moment: Timestamp,
    ids: RequestIDs = .none
  ) throws {
    try database.run(
      """
      INSERT INTO attempt (delivery, sequence, at, state, code, message, request_id, host_id) \
      SELECT number, 1 + ifnull((SELECT max(sequence) FROM attempt a WHERE a.delivery = number), 0), ?, state, ?, ?, ?, ? \
      FROM delivery WHERE number = ?
      """,
      [.time(moment), .text(code), .text(message), .text(ids.request), .text(ids.host), .integer(number)])
    try database.run(
      "DELETE FROM attempt WHERE delivery = ?1 AND sequence <= (SELECT max(sequence) FROM attempt WHERE delivery = ?1) - 50",
      [.integer(number)])
  }

  /// `sql` ends with the delivery's number as its last parameter.
  func update(_ sql: String, _ values: [SQLValue], _ number: Int64, _ change: JournalChange) throws {
    try database.run(sql, values + [.integer(number)])
    try expectOneRow(number, change)
  }

  func expectOneRow(_ number: Int64, _ change: JournalChange) throws {
    guard database.changesCount == 1 else {
      throw JournalError.illegalTransition(number: number, change: change.verb)
    }
  }
}

extension JournalChange {
  /// The change's name, without its values.
  var verb: String { String("\(self)".prefix { $0 != "(" }) }
}
