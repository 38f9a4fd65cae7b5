import DeliveryModel

extension ChangeWriter {
  /// A refused file is uploaded as far as it ever will be.
  func judge(_ number: Int64, _ verdict: Verdict, _ change: JournalChange) throws {
    if verdict.isRejected {
      try deleteParts(number)
      try deleteDigests(number)
    }
    let refusal = verdict.isRejected ? "state = 1, upload_id = NULL, part_size = NULL, last_error = ?3, " : ""
    try update(
      "UPDATE delivery SET \(refusal)verdict = ?1, findings = ?2, reason = ?3 WHERE number = ?4 AND state = 0 "
        + "AND delivery_id IS NOT NULL",
      [.text(verdict.decision.rawValue), .text(verdict.findings.encoded), .text(verdict.reason)], number, change)
    if verdict.isRejected { try tidy(after: number) }
  }

  /// The file was judged anew: notes about earlier refusals of it may be out of date. It has the inode of the refused
  /// file that was dragged back, or its path where a program wrote it anew.
  func tidy(after number: Int64) throws {
    if hasNotes { try database.run(Self.tidying, [.integer(number)]) }
  }

  static let tidying = """
    INSERT OR IGNORE INTO errand (delivery, kind, due, target, folder) SELECT number, 3, 0, aside, folder FROM delivery \
    WHERE number IN (\
    SELECT r.number FROM delivery n JOIN delivery r INDEXED BY delivery_refused_inode \
    ON r.aside IS NOT NULL AND r.inode = n.inode AND r.folder = n.folder AND r.number < n.number WHERE n.number = ?1 \
    UNION SELECT * FROM (SELECT r.number FROM delivery n JOIN delivery r INDEXED BY delivery_refused_path \
    ON r.aside IS NOT NULL AND r.folder = n.folder AND r.directory = n.directory AND r.name = n.name \
    AND r.number < n.number WHERE n.number = ?1 ORDER BY r.number DESC LIMIT 16))
    """

  /// Only a delivery that is recorded, or refused, has errands.
  mutating func write(_ step: ErrandChange, _ number: Int64, _ change: JournalChange) throws {
    switch step {
    case .due(let kind, let moment): try add(kind, due: moment, number, change)
    case .planned(let kind, let target):
      try update(
        "UPDATE errand SET target = ? WHERE kind = ? AND delivery = ?",
        [.bytes(target.bytes), .integer(kind.rawValue)], number, change)
      if kind == .reject { try setAside(number, target, change) }
    case .failed(let kind, let reason, let next):
      try update(
        "UPDATE errand SET due = ?, tries = tries + 1, last_error = ? WHERE kind = ? AND delivery = ?",
        [.time(next), .text(reason), .integer(kind.rawValue)], number, change)
    case .ended(let kind, let moment): try end(kind, moment, number, change)
    case .dropped(let kind): try drop(kind, number, change)
    }
  }

  private mutating func add(_ kind: Errand.Kind, due: Timestamp, _ number: Int64, _ change: JournalChange) throws {
    let values: [SQLValue] = [.integer(kind.rawValue), .time(due), .integer(number)]
    let finished = "FROM delivery WHERE number = ?3 AND (state IN (2, 5) OR verdict = 'rejected')"
    try database.run(
      "INSERT OR IGNORE INTO errand (delivery, kind, due, folder) SELECT number, ?1, ?2, folder \(finished)", values)
    let isNew = database.changesCount == 1
    guard try database.integer("SELECT 1 FROM errand WHERE kind = ?1 AND delivery = ?2", [values[0], values[2]]) == 1
    else { throw JournalError.illegalTransition(number: number, change: change.verb) }
    if isNew, kind == .reject, alerts.wants(.rejected) { try alertOfRefusal(number, at: due) }
  }

  private mutating func alertOfRefusal(_ number: Int64, at moment: Timestamp) throws {
    let reason = try database.first("SELECT reason FROM delivery WHERE number = ?", [.integer(number)]) { $0.text(0) }
    try alerts.write(.rejected, delivery: number, reason ?? "", at: moment)
  }

  private func end(_ kind: Errand.Kind, _ moment: Timestamp, _ number: Int64, _ change: JournalChange) throws {
    try drop(kind, number, change)
    switch kind {
    case .receipt: return
    case .tidy: try setAside(number, nil, change)
    case .dispose, .reject:
      try update(
        "UPDATE delivery SET disposed = ?1, gone = ifnull(gone, ?1) WHERE number = ?2", [.time(moment)], number, change)
    }
  }

  private func drop(_ kind: Errand.Kind, _ number: Int64, _ change: JournalChange) throws {
    try update("DELETE FROM errand WHERE kind = ? AND delivery = ?", [.integer(kind.rawValue)], number, change)
  }

  /// Where the refused file stands, as long as a note beside it may have to go one day.
  private func setAside(_ number: Int64, _ target: RelativePath?, _ change: JournalChange) throws {
    let place = target.map { SQLValue.bytes($0.bytes) } ?? .null
    try update("UPDATE delivery SET aside = ? WHERE number = ?", [place], number, change)
  }
}
