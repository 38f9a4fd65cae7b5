package import DeliveryModel
import GRDB

extension Journal {
  /// Deliveries in `state` that are due, those due longest first; at most `limit`, none of `excluded`. Each with what
  /// was delivered last from its path.
  ///
  /// A next attempt further away than `horizon` was set by a clock that has since gone back: it is due.
  package func open(
    in state: DeliveryState, dueBefore moment: Timestamp, horizon: Duration, excluding excluded: Set<Int64>, limit: Int
  ) async throws(JournalError) -> [Delivery] {
    let code = SQLValue.integer(StateCode.code(state))
    return try await transaction("BEGIN") { database in
      let wanted = { (number: Int64) in !excluded.contains(number) }
      var due = try database.deliveries(
        Self.openCondition("<="), [code, .time(moment)], limit: limit, where: wanted)
      due += try database.deliveries(
        Self.openCondition(">"), [code, .time(moment + horizon)], limit: limit - due.count, where: wanted)
      for index in due.indices {
        due[index].previous = try database.previous(due[index].file.path, folder: due[index].file.folder)
      }
      return due
    }
  }

  static func openCondition(_ comparison: String) -> String {
    "WHERE d.state = ? AND d.state IN (0, 1) AND d.next_attempt \(comparison) ? ORDER BY d.next_attempt, d.number"
  }

  /// When the next delivery in `state` becomes due after `moment`; nil if none will.
  package func nextDue(in state: DeliveryState, after moment: Timestamp) async throws(JournalError) -> Timestamp? {
    let code = StateCode.code(state)
    return try await onWriter { database in
      try database.integer(
        """
        SELECT next_attempt FROM delivery WHERE state = ? AND state IN (0, 1) AND next_attempt > ? \
        ORDER BY next_attempt LIMIT 1
        """, [.integer(code), .time(moment)]
      ).map(DeliveryRow.time)
    }
  }

  /// Delivered files of `folder` that were not yet moved or deleted, by number, after `number`: for a folder that is to
  /// do that, once after a start. Reads every delivery after `number`, so ask in pages.
  package func undisposed(
    folder: String, after number: Int64 = 0, limit: Int
  ) async throws(JournalError) -> [Delivery] {
    try await onWriter { database in
      try database.deliveries(
        "WHERE d.state = 2 AND d.disposed IS NULL AND d.folder = ? AND d.number > ? ORDER BY d.number",
        [.text(folder), .integer(number)], limit: limit)
    }
  }

  /// The newest delivered version of a path.
  package func lastDelivered(
    folder: String, path: RelativePath
  ) async throws(JournalError) -> Delivery? {
    try await onWriter { try $0.lastDelivered(path, folder: folder) }
  }

  /// The open deliveries of a path, oldest first.
  package func open(folder: String, path: RelativePath) async throws(JournalError) -> [Delivery] {
    let condition = "WHERE \(DeliveryPath.condition) AND d.state IN (0, 1) ORDER BY d.number"
    return try await onWriter { try $0.deliveries(condition, DeliveryPath.values(path, folder: folder)) }
  }

  /// What the counters start from.
  package struct Totals: Sendable {
    package var byState: [DeliveryState: Int] = [:]
    package var openByFolder: [String: Int] = [:]
    package var deliveredSince = 0
    package var lastDelivered: (path: RelativePath, at: Timestamp)?
  }

  /// Counts what is not delivered, and what was delivered since `moment`. Deliveries of earlier days are not counted:
  /// there may be millions.
  package func totals(deliveredSince moment: Timestamp) async throws(JournalError) -> Totals {
    try await onWriter { database in
      var totals = Totals()
      totals.byState = try database.waitingCounts()
      try database.rows("SELECT folder, count(*) FROM delivery WHERE state IN (0, 1) GROUP BY folder") {
        totals.openByFolder[$0.text(0)] = Int($0.integer(1))
        return true
      }
      totals.deliveredSince = try database.deliveredCount(since: moment)
      totals.lastDelivered = try database.first(
        "SELECT directory, name, logged FROM delivery WHERE logged IS NOT NULL ORDER BY logged DESC LIMIT 1"
      ) { (DeliveryRow.path(directory: $0.bytes(0), name: $0.bytes(1)), DeliveryRow.time($0.integer(2))) }
      return totals
    }
  }

  /// The open delivery with the lowest number not below `number`, and when it was received. One lookup in an index,
  /// however many are waiting or finished.
  package func oldestOpen(from number: Int64) async throws(JournalError) -> (number: Int64, received: Timestamp)? {
    try await onWriter { try $0.oldestOpen(from: number) }
  }
}
