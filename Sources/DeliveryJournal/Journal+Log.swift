import Glibc

extension Journal {
  /// The size of SQLite's write-ahead log that somebody should know of, in bytes: four times what it is cut to
  /// (`journal_size_limit`) once it has been written back.
  package static let logBound: Int64 = 64 << 20

  /// The present size of the write-ahead log in bytes; 0 if there is none.
  package var logSize: Int64 {
    var status = stat()
    return stat(path + "-wal", &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Writes the log back into the database and cuts it to nothing, as far as readers of an old state let it; waits for
  /// none of them. Returns ``logSize``.
  package func shrinkLog() async throws(JournalError) -> Int64 {
    try await onWriter { database in
      try database.run("PRAGMA busy_timeout = 0")
      defer { try? database.run("PRAGMA busy_timeout = \(JournalConnection.patience * 1000)") }
      _ = try database.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.integer(0) }
    }
    return logSize
  }
}
