package import DeliveryModel
import GRDB

extension Journal {
  /// Where a pass over old deliveries stands.
  package struct PrunePosition: Sendable, Equatable {
    var logged: Int64
    var number: Int64
  }

  /// What one step of such a pass did.
  package struct PruneStep: Sendable, Equatable {
    /// How many deliveries were deleted.
    package var removed: Int
    /// Where to go on; nil at the end of the pass.
    package var next: PrunePosition?
  }

  /// Since when this journal knows of every delivery: an earlier one may have been lost.
  package func created() async throws(JournalError) -> Timestamp {
    try await onWriter { DeliveryRow.time(try $0.integer("SELECT created FROM journal") ?? 0) }
  }

  /// Counts an end of the daemon against the files that it had in hand; those that are finished are passed over.
  /// Returns the files as they are now.
  package func countCrash(_ numbers: Set<Int64>, at moment: Timestamp) async throws(JournalError) -> [Delivery] {
    try await write { changeWriter in
      let database = changeWriter.database
      return try numbers.sorted().flatMap { number -> [Delivery] in
        let condition = "WHERE d.number = ?"
        guard try database.deliveries(condition, [.integer(number)]).first?.state.isOpen == true else { return [] }
        _ = try changeWriter.write([.crashed(number: number, at: moment)])
        return try database.deliveries(condition, [.integer(number)])
      }
    }
  }

  /// Deletes deliveries that ended before `moment`: withdrawn ones, rejected ones whose file was moved aside, and logged
  /// ones that a newer logged one of the same
  /// path replaced. A path's newest delivery stays: it tells scans that the file is known, and proves it was delivered.
  ///
  /// Looks at no more than `limit` of each, so that no step holds up a commit; a pass is asked for from nil to nil.
  package func prune(
    before moment: Timestamp, limit: Int, from position: PrunePosition? = nil
  ) async throws(JournalError) -> PruneStep {
    try await transaction { database in
      try database.run(
        """
        DELETE FROM delivery WHERE number IN \
        (SELECT number FROM delivery WHERE state IN (4, 5) AND state > 2 AND ended < ? \
        AND (state = 4 OR disposed IS NOT NULL) \
        AND number < (SELECT max(number) FROM delivery) ORDER BY number LIMIT ?)
        """, [.time(moment), .integer(Int64(limit))])
      var step = PruneStep(removed: database.changesCount, next: nil)
      let (replaced, last, looked) = try Self.replaced(before: moment, limit, position, database)
      for number in replaced { try database.run("DELETE FROM delivery WHERE number = ?", [.integer(number)]) }
      if looked == limit || step.removed == limit { step.next = last }
      step.removed += replaced.count
      return step
    }
  }

  /// Of the next `limit` logged before `moment`: those that were replaced, where the walk ended, and how many it saw.
  private static func replaced(
    before moment: Timestamp, _ limit: Int, _ position: PrunePosition?, _ database: Database
  ) throws -> (numbers: [Int64], last: PrunePosition, looked: Int) {
    var last = position ?? PrunePosition(logged: .min, number: .min)
    var (numbers, looked) = ([Int64](), 0)
    try database.rows(
      """
      SELECT d.number, d.logged, EXISTS (SELECT 1 FROM delivery n WHERE n.folder = d.folder \
      AND n.directory = d.directory AND n.name = d.name AND n.number > d.number AND n.state = 2) \
      AND NOT EXISTS (SELECT 1 FROM errand e WHERE e.delivery = d.number) \
      FROM delivery d WHERE d.logged IS NOT NULL AND d.logged < ? AND (d.logged, d.number) > (?, ?) \
      ORDER BY d.logged, d.number LIMIT ?
      """, [.time(moment), .integer(last.logged), .integer(last.number), .integer(Int64(limit))]
    ) { row in
      last = PrunePosition(logged: row.integer(1), number: row.integer(0))
      looked += 1
      if row.integer(2) == 1 { numbers.append(row.integer(0)) }
      return true
    }
    return (numbers, last, looked)
  }
}
