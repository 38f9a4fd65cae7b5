package import DeliveryModel

extension Journal {
  /// Where a pass over old deliveries stands.
  package struct PrunePosition: Sendable, Equatable {
    /// The last one looked at that was withdrawn, and that was rejected; nil where all were looked at.
    var withdrawn: Int64? = .min
    var rejected: Int64? = .min
    /// The last delivered one; nil likewise.
    var delivered: Delivered? = Delivered()

    struct Delivered: Sendable, Equatable {
      var logged: Int64 = .min
      var number: Int64 = .min
    }

    var isAtEnd: Bool { withdrawn == nil && rejected == nil && delivered == nil }
  }

  /// What one step of such a pass did.
  package struct PruneStep: Sendable, Equatable {
    /// How many deliveries were deleted.
    package var removed = 0
    /// How many of them were rejected ones.
    package var rejected = 0
    /// Where to go on; nil at the end of the pass.
    package var next: PrunePosition?
  }

  /// Since when this journal knows of every delivery: an earlier one may have been lost.
  package func created() async throws(JournalError) -> Timestamp {
    try await onWriter { DeliveryRow.time(try $0.integer("SELECT created FROM journal") ?? 0) }
  }

  /// What the last upload that was to find it out showed about the server; nil where none was.
  package func checksumFinding() async throws(JournalError) -> ChecksumFinding? {
    try await onWriter { database in
      var found: ChecksumFinding?
      try database.rows("SELECT place, keeps_crc64, signs_bodies FROM checksum_finding") { row in
        found = ChecksumFinding(place: row.text(0), keepsCRC64: row.integer(1) != 0, signsBodies: row.integer(2) != 0)
        return false
      }
      return found
    }
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
  /// path replaced. A path's newest delivery stays: it tells scans that the file is known, and proves it was delivered. Of
  /// withdrawn ones that came after another of the same path only a few stay, however young they are.
  ///
  /// Looks at no more than `limit` of each, so that no step holds up a commit; a pass is asked for from nil to nil.
  package func prune(
    before moment: Timestamp, limit: Int, from position: PrunePosition? = nil
  ) async throws(JournalError) -> PruneStep {
    try await transaction { database in
      var position = position ?? PrunePosition()
      var step = PruneStep()
      let place: [SQLValue] = [.time(moment), .integer(Int64(limit))]
      if let last = position.withdrawn {
        let found = try database.pruned(Self.oldWithdrawn, place + [.integer(last)])
        position.withdrawn = found.looked == limit ? found.last : nil
        step.removed += found.numbers.count
      }
      if let last = position.rejected {
        let found = try database.pruned(Self.oldRejected, place + [.integer(last)])
        position.rejected = found.looked == limit ? found.last : nil
        step.removed += found.numbers.count
        step.rejected = found.numbers.count
      }
      if let last = position.delivered {
        let found = try database.pruned(Self.oldDelivered, place + [.integer(last.logged), .integer(last.number)])
        position.delivered =
          found.looked == limit ? PrunePosition.Delivered(logged: found.moment, number: found.last) : nil
        step.removed += found.numbers.count
      }
      step.next = position.isAtEnd ? nil : position
      return step
    }
  }

  /// Each: a delivery's number, the moment that orders it, and whether it may go. The newest of all stays, so that no number
  /// is given twice.
  static let oldWithdrawn = """
    SELECT d.number, 0, d.number < (SELECT max(number) FROM delivery) AND d.last_code IS NOT 'dismissed' AND (d.ended < ?1 \
    OR (SELECT count(*) FROM (SELECT n.state FROM delivery n WHERE \(DeliveryPath.isSame("n", as: "d")) \
    AND n.number > d.number ORDER BY n.number LIMIT \(ChangeWriter.keptWithdrawn + 20)) \
    WHERE state = 4) >= \(ChangeWriter.keptWithdrawn)) \
    FROM delivery d INDEXED BY delivery_set_aside WHERE d.state = 4 AND d.state > 2 AND d.number > ?3 \
    ORDER BY d.number LIMIT ?2
    """

  static let oldRejected = """
    SELECT d.number, 0, d.ended < ?1 AND d.disposed IS NOT NULL AND d.number < (SELECT max(number) FROM delivery) \
    FROM delivery d INDEXED BY delivery_set_aside WHERE d.state = 5 AND d.state > 2 AND d.number > ?3 \
    ORDER BY d.number LIMIT ?2
    """

  /// `uploaded` is by the services' clock, `logged` by ours, which may have been wrong.
  static let oldDelivered = """
    SELECT d.number, d.logged, EXISTS (SELECT 1 FROM delivery n WHERE \(DeliveryPath.isSame("n", as: "d")) \
    AND n.number > d.number AND n.state = 2) \
    AND NOT EXISTS (SELECT 1 FROM errand e WHERE e.delivery = d.number) AND coalesce(d.uploaded, d.logged) < ?1 \
    FROM delivery d WHERE d.logged IS NOT NULL AND d.logged < ?1 AND (d.logged, d.number) > (?3, ?4) \
    ORDER BY d.logged, d.number LIMIT ?2
    """
}

extension Database {
  /// Deletes those that may go; tells which, how many were looked at, and the last of them.
  fileprivate func pruned(
    _ sql: String, _ values: [SQLValue]
  ) throws -> (numbers: [Int64], looked: Int, last: Int64, moment: Int64) {
    var found = (numbers: [Int64](), looked: 0, last: Int64.min, moment: Int64.min)
    try rows(sql, values) { row in
      (found.last, found.moment) = (row.integer(0), row.integer(1))
      found.looked += 1
      if row.integer(2) == 1 { found.numbers.append(found.last) }
      return true
    }
    for number in found.numbers { try run("DELETE FROM delivery WHERE number = ?", [.integer(number)]) }
    return found
  }
}
