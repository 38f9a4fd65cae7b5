package import DeliveryModel

extension Journal {
  /// The sums of a day.
  package struct Figures: Sendable, Equatable {
    /// Files, and their bytes.
    package struct Sum: Sendable, Equatable {
      package var files = 0
      package var bytes: Int64 = 0

      package init(files: Int = 0, bytes: Int64 = 0) {
        self.files = files
        self.bytes = bytes
      }
    }

    /// Delivered since, by folder.
    package var delivered: [String: Sum] = [:]
    /// Refused since.
    package var rejected = 0
    /// Set aside and on their way, now.
    package var parked = 0
    package var pending = 0
    /// When the oldest of those on their way was received.
    package var oldest: Timestamp?

    package init() {}
  }

  /// The sums since `moment`: reads what was delivered since, however much was before. On a connection of its own, as that
  /// may take long.
  package func figures(since moment: Timestamp) async throws(JournalError) -> Figures {
    try await onOwnConnection { try Self.figures(since: moment, $0) }
  }

  private static func figures(since moment: Timestamp, _ database: Database) throws -> Figures {
    var figures = Figures()
    // Summed here: grouping by folder would sort all rows first.
    try database.rows(deliveredSince, [.time(moment)]) { row in
      let folder = row.text(0)
      figures.delivered[folder, default: Figures.Sum()].files += 1
      figures.delivered[folder, default: Figures.Sum()].bytes += row.integer(1)
      return true
    }
    figures.rejected = Int(try database.integer(rejectedSince, [.time(moment)]) ?? 0)
    let waiting = try database.waitingCounts()
    figures.parked = waiting[.parked] ?? 0
    figures.pending = (waiting[.pending] ?? 0) + (waiting[.uploaded] ?? 0)
    figures.oldest = try database.oldestOpen(from: 0)?.received
    return figures
  }

  static let deliveredSince = "SELECT folder, size FROM delivery WHERE logged IS NOT NULL AND logged >= ?"

  static let rejectedSince =
    "SELECT count(*) FROM delivery INDEXED BY delivery_set_aside WHERE state = 5 AND state > 2 AND ended >= ?"
}
