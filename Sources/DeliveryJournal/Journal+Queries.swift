package import DeliveryModel

extension Journal {
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
    package var lastDelivered: (folder: String, path: RelativePath, at: Timestamp, audience: Audience?)?
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
        """
        SELECT directory, name, logged, folder, audience FROM delivery WHERE logged IS NOT NULL \
        ORDER BY logged DESC LIMIT 1
        """
      ) { row in
        (
          row.text(3), DeliveryRow.path(directory: row.bytes(0), name: row.bytes(1)), DeliveryRow.time(row.integer(2)),
          row.optionalInteger(4).flatMap(Audience.init)
        )
      }
      return totals
    }
  }

  /// The open delivery with the lowest number not below `number`, and when it was received. One lookup in an index,
  /// however many are waiting or finished.
  package func oldestOpen(from number: Int64) async throws(JournalError) -> (number: Int64, received: Timestamp)? {
    try await onWriter { try $0.oldestOpen(from: number) }
  }

  /// The oldest open delivery of a folder among `numbers`. Reads every open one of them, so keep the range short.
  package func oldestOpen(
    in numbers: Range<Int64>, folder: String
  ) async throws(JournalError) -> (number: Int64, received: Timestamp)? {
    try await onWriter { try $0.oldestOpen(in: numbers, folder: folder) }
  }
}
