package import DeliveryModel
import GRDB

extension Journal {
  /// The errands of a folder that are due, those due longest first, each with its delivery; at most `limit`.
  package func errands(
    of folder: String, dueBefore moment: Timestamp, limit: Int
  ) async throws(JournalError) -> [(errand: Errand, delivery: Delivery)] {
    try await transaction("BEGIN") { database in
      var errands: [Errand] = []
      try database.rows(
        "SELECT delivery, kind, tries, target FROM errand WHERE folder = ? AND due <= ? ORDER BY due, delivery, kind LIMIT ?",
        [.text(folder), .time(moment), .integer(Int64(limit))]
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
  }

  /// When the next errand of a folder becomes due; nil for none.
  package func nextErrand(of folder: String) async throws(JournalError) -> Timestamp? {
    try await onWriter {
      try $0.integer("SELECT due FROM errand WHERE folder = ? ORDER BY due LIMIT 1", [.text(folder)])
        .map(DeliveryRow.time)
    }
  }
}
