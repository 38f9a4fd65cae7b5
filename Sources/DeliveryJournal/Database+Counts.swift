import DeliveryModel

extension Database {
  /// Counts by state of what is not logged, from indexes that hold nothing else.
  func waitingCounts() throws -> [DeliveryState: Int] {
    var counts: [DeliveryState: Int] = [:]
    for state in DeliveryState.allCases where state != .logged { counts[state] = 0 }
    for states in ["state IN (0, 1)", "state > 2"] {
      try rows("SELECT state, count(*) FROM delivery WHERE \(states) GROUP BY state") { row in
        if let state = StateCode.state(row.integer(0)) { counts[state] = Int(row.integer(1)) }
        return true
      }
    }
    return counts
  }

  func deliveredCount(since moment: Timestamp) throws -> Int {
    let sql = "SELECT count(*) FROM delivery WHERE logged IS NOT NULL AND logged >= ?"
    return Int(try integer(sql, [.time(moment)]) ?? 0)
  }

  static var oldestOpen: String {
    """
    SELECT number, received FROM delivery INDEXED BY delivery_open WHERE state IN (0, 1) AND number >= ? \
    ORDER BY number LIMIT 1
    """
  }

  func oldestOpen(from number: Int64) throws -> (number: Int64, received: Timestamp)? {
    try first(Self.oldestOpen, [.integer(number)]) { ($0.integer(0), DeliveryRow.time($0.integer(1))) }
  }

  static var oldestOpenOfFolder: String {
    """
    SELECT number, received FROM delivery INDEXED BY delivery_open WHERE state IN (0, 1) AND number >= ? \
    AND number < ? AND folder = ? ORDER BY number LIMIT 1
    """
  }

  func oldestOpen(in numbers: Range<Int64>, folder: String) throws -> (number: Int64, received: Timestamp)? {
    let values: [SQLValue] = [.integer(numbers.lowerBound), .integer(numbers.upperBound), .text(folder)]
    return try first(Self.oldestOpenOfFolder, values) { ($0.integer(0), DeliveryRow.time($0.integer(1))) }
  }

  func lastDelivered(_ path: RelativePath, folder: String) throws -> Delivery? {
    let condition = "WHERE \(DeliveryPath.condition) AND d.state = 2 ORDER BY d.number DESC"
    return try deliveries(condition, DeliveryPath.values(path, folder: folder), limit: 1).first
  }
}
