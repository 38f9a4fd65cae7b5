package import DeliveryModel

extension Journal {
  /// The errands of a folder that are due, those due longest first, each with its delivery; at most `limit`.
  package func errands(
    of folder: String, dueBefore moment: Timestamp, limit: Int
  ) async throws(JournalError) -> [(errand: Errand, delivery: Delivery)] {
    try await transaction("BEGIN") { database in
      try Self.errands(
        database, "e WHERE e.folder = ? AND e.due <= ?", [.text(folder), .time(moment)], limit: limit)
    }
  }

  /// The same of the files that were seen in the directory at `path` by folders of other names than these: their names are
  /// in the configuration no more.
  package func errands(
    in path: String, otherThan names: Set<String>, dueBefore moment: Timestamp, limit: Int
  ) async throws(JournalError) -> [(errand: Errand, delivery: Delivery)] {
    try await transaction("BEGIN") { database in
      var found: [(errand: Errand, delivery: Delivery)] = []
      for name in try Self.folders(database) where !names.contains(name) && found.count < limit {
        let errands = try Self.errands(
          database,
          "e JOIN delivery d ON d.number = e.delivery JOIN folder_root r ON r.number = d.root "
            + "WHERE e.folder = ? AND r.path = ? AND e.due <= ?",
          [.text(name), .text(path), .time(moment)], limit: limit - found.count)
        found += errands
      }
      return found
    }
  }

  /// The folders that have any: one look at the index for each.
  private static func folders(_ database: Database) throws -> [String] {
    var folders: [String] = []
    while let next = try database.first(
      "SELECT folder FROM errand WHERE folder > ? ORDER BY folder LIMIT 1", [.text(folders.last ?? "")], { $0.text(0) })
    {
      folders.append(next)
    }
    return folders
  }

  private static func errands(
    _ database: Database, _ condition: String, _ values: [SQLValue], limit: Int
  ) throws -> [(errand: Errand, delivery: Delivery)] {
    var errands: [Errand] = []
    try database.rows(
      "SELECT e.delivery, e.kind, e.tries, e.target FROM errand \(condition) ORDER BY e.due, e.delivery, e.kind LIMIT ?",
      values + [.integer(Int64(limit))]
    ) { row in
      guard let kind = Errand.Kind(rawValue: row.integer(1)) else { return true }
      let target = row.optionalBytes(3).flatMap { RelativePath(validating: $0) }
      errands.append(Errand(number: row.integer(0), kind: kind, tries: Int(row.integer(2)), target: target))
      return true
    }
    return try errands.compactMap { errand in
      let found = try database.deliveries("WHERE d.number = ?", [.integer(errand.number)], limit: 1)
      return found.first.map { (errand, $0) }
    }
  }

  /// When the next errand of a folder becomes due, or one of ``errands(in:otherThan:dueBefore:limit:)``; nil for none.
  package func nextErrand(
    of folder: String, orIn path: String? = nil, otherThan names: Set<String> = []
  ) async throws(JournalError) -> Timestamp? {
    try await onWriter { database in
      var next = try database.integer("SELECT due FROM errand WHERE folder = ? ORDER BY due LIMIT 1", [.text(folder)])
      if let path {
        for name in try Self.folders(database) where !names.contains(name) {
          let other = try database.integer(
            "SELECT min(e.due) FROM errand e JOIN delivery d ON d.number = e.delivery "
              + "JOIN folder_root r ON r.number = d.root WHERE e.folder = ? AND r.path = ?", [.text(name), .text(path)])
          next = [next, other].compactMap(\.self).min()
        }
      }
      return next.map(DeliveryRow.time)
    }
  }
}
