package import DeliveryModel

/// What is asked of the journal by who waits until everything of a moment is done: the highest number of that moment stands for
/// all of it.
extension Journal {
  /// The highest number given so far; 0 before the first.
  package func newestNumber() async throws(JournalError) -> Int64 {
    try await onWriter { try $0.integer("SELECT max(number) FROM delivery") ?? 0 }
  }

  /// How many of a folder that are not above `number` wait for a person.
  package func parkedCount(upTo number: Int64, folder: String) async throws(JournalError) -> Int {
    try await onWriter { Int(try $0.integer(Self.parkedOfFolder, [.integer(number), .text(folder)]) ?? 0) }
  }

  static let parkedOfFolder = """
    SELECT count(*) FROM delivery INDEXED BY delivery_set_aside WHERE state = 3 AND state > 2 AND number <= ? AND folder = ?
    """

  /// The first of a folder that are not done and not above `number`, oldest first. On a connection of its own: there may be
  /// many of other folders.
  package func unfinished(upTo number: Int64, folder: String, limit: Int) async throws(JournalError) -> [Delivery] {
    try await onOwnConnection { database in
      try Self.unfinished.flatMap { try database.deliveries($0, [.integer(number), .text(folder)], limit: limit) }
    }
  }

  static let unfinished = [
    "INDEXED BY delivery_open WHERE d.state IN (0, 1) AND d.number <= ? AND d.folder = ? ORDER BY d.number",
    "INDEXED BY delivery_set_aside WHERE d.state = 3 AND d.state > 2 AND d.number <= ? AND d.folder = ? ORDER BY d.number",
  ]

  /// The first of a folder that ended in one of `states` since `moment` and are not above `number`, and how many there are. On a
  /// connection of its own, as the history may be long.
  package func ended(
    _ state: DeliveryState, since moment: Timestamp, upTo number: Int64, folder: String, limit: Int
  ) async throws(JournalError) -> (count: Int, first: [Delivery]) {
    let values: [SQLValue] = [.integer(number), .text(folder), .time(moment)]
    let condition = Self.ended(state)
    return try await onOwnConnection { database in
      let count = try database.integer("SELECT count(*) FROM delivery d " + condition, values) ?? 0
      let first = try database.deliveries(condition + " ORDER BY d.number", values, limit: limit)
      return (Int(count), first)
    }
  }

  static func ended(_ state: DeliveryState) -> String {
    """
    INDEXED BY delivery_set_aside WHERE d.state = \(StateCode.code(state)) AND d.state > 2 AND d.number <= ? \
    AND d.folder = ? AND d.ended >= ?
    """
  }
}
