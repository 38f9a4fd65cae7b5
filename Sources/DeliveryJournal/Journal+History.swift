package import DeliveryModel

/// What bounds the journal: the history that is kept, and that a file that is no longer there need not be known.
extension Journal {
  /// Where a pass over old delivered files stands.
  package struct HistoryPosition: Sendable, Equatable {
    var logged: Int64
    var number: Int64

    /// Everything that was delivered.
    package static let beginning = HistoryPosition(logged: .min, number: .min)

    /// What was delivered from `moment` on.
    package init(from moment: Timestamp) { self.init(logged: moment.milliseconds, number: .min) }

    private init(logged: Int64, number: Int64) {
      self.logged = logged
      self.number = number
    }

    init(after delivery: Delivery) {
      self.init(logged: delivery.logged?.milliseconds ?? .max, number: delivery.number)
    }
  }

  /// Deliveries that were recorded before `moment`, the oldest first, at most `limit` after `position`, with the directory in
  /// which each file was seen; and where to go on, nil at the end.
  package func delivered(
    before moment: Timestamp, after position: HistoryPosition, limit: Int
  ) async throws(JournalError) -> (deliveries: [Delivery], next: HistoryPosition?) {
    try await onWriter { database in
      let values: [SQLValue] = [
        .time(moment), .integer(position.logged), .integer(position.number), .integer(Int64(limit)),
      ]
      let found = try database.deliveries(Self.deliveredBefore, values)
      let next = found.count == limit ? found.last.map { HistoryPosition(after: $0) } : nil
      return (found.filter { $0.state == .logged && $0.file.root != nil }, next)
    }
  }

  static let deliveredBefore = """
    WHERE d.logged IS NOT NULL AND d.logged < ?1 AND (d.logged, d.number) > (?2, ?3) ORDER BY d.logged, d.number LIMIT ?4
    """

  /// Forgets files that are no longer there, as far as nothing is to be done about them; of each path all that was delivered.
  /// The newest delivery of all stays, so that no number is given twice. Returns how many were removed.
  ///
  /// What was delivered before `moment` may be unknown to this journal from now on.
  @discardableResult
  package func forget(gone numbers: [Int64], before moment: Timestamp) async throws(JournalError) -> Int {
    if numbers.isEmpty { return 0 }
    return try await transaction { database in
      var removed = 0
      for number in numbers {
        try database.run(Self.forgetting, [.integer(number)])
        removed += database.changesCount
      }
      if removed > 0 { try database.run("UPDATE journal SET created = max(created, ?)", [.time(moment)]) }
      return removed
    }
  }

  private static let forgetting = """
    DELETE FROM delivery WHERE number = ?1 AND state = 2 AND number < (SELECT max(number) FROM delivery) \
    AND NOT EXISTS (SELECT 1 FROM errand e WHERE e.delivery = ?1)
    """

  /// The bytes that the journal's rows take; what is free in its file is used again.
  package func bytesInUse() async throws(JournalError) -> Int64 {
    try await onWriter { database in
      let pages = try database.integer("PRAGMA page_count") ?? 0
      let free = try database.integer("PRAGMA freelist_count") ?? 0
      return (pages - free) * (try database.integer("PRAGMA page_size") ?? 4096)
    }
  }

  /// Since when the history is whole, where it was shortened for the journal's size; nil where it never was.
  package func historySince() async throws(JournalError) -> Timestamp? {
    try await onWriter { try $0.integer("SELECT history_since FROM journal").map { DeliveryRow.time($0) } }
  }

  /// Notes that the history before `moment` was removed for the journal's size.
  package func noteHistory(since moment: Timestamp) async throws(JournalError) {
    try await transaction { database in
      try database.run("UPDATE journal SET history_since = max(ifnull(history_since, 0), ?)", [.time(moment)])
    }
  }
}
