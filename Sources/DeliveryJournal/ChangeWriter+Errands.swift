import DeliveryModel
import GRDB

extension ChangeWriter {
  /// A refused file is uploaded as far as it ever will be.
  func judge(_ number: Int64, _ verdict: Verdict, _ change: JournalChange) throws {
    if verdict.isRejected { try deleteParts(number) }
    let refusal = verdict.isRejected ? "state = 1, upload_id = NULL, part_size = NULL, last_error = ?3, " : ""
    try update(
      "UPDATE delivery SET \(refusal)verdict = ?1, findings = ?2, reason = ?3 WHERE number = ?4 AND state = 0 "
        + "AND sha256 IS NOT NULL",
      [.text(verdict.decision.rawValue), .text(verdict.findings.encoded), .text(verdict.reason)], number, change)
  }

  /// Only a delivery that is recorded, or refused, has errands.
  func write(_ step: ErrandChange, _ number: Int64, _ change: JournalChange) throws {
    switch step {
    case .due(let kind, let moment): try add(kind, due: moment, number, change)
    case .planned(let kind, let target):
      try update(
        "UPDATE errand SET target = ? WHERE kind = ? AND delivery = ?",
        [.bytes(target.bytes), .integer(kind.rawValue)], number, change)
    case .failed(let kind, let reason, let next):
      try update(
        "UPDATE errand SET due = ?, tries = tries + 1, last_error = ? WHERE kind = ? AND delivery = ?",
        [.time(next), .text(reason), .integer(kind.rawValue)], number, change)
    case .ended(let kind, let moment): try end(kind, moment, number, change)
    }
  }

  private func add(_ kind: Errand.Kind, due: Timestamp, _ number: Int64, _ change: JournalChange) throws {
    let values: [SQLValue] = [.integer(kind.rawValue), .time(due), .integer(number)]
    let finished = "FROM delivery WHERE number = ?3 AND (state IN (2, 5) OR verdict = 'rejected')"
    try database.run("INSERT OR IGNORE INTO errand (delivery, kind, due) SELECT number, ?1, ?2 \(finished)", values)
    guard try database.integer("SELECT 1 FROM errand WHERE kind = ?1 AND delivery = ?2", [values[0], values[2]]) == 1
    else { throw JournalError.illegalTransition(number: number, change: change.verb) }
  }

  private func end(_ kind: Errand.Kind, _ moment: Timestamp, _ number: Int64, _ change: JournalChange) throws {
    try update("DELETE FROM errand WHERE kind = ? AND delivery = ?", [.integer(kind.rawValue)], number, change)
    if kind == .receipt { return }
    try update("UPDATE delivery SET disposed = ? WHERE number = ?", [.time(moment)], number, change)
  }
}
