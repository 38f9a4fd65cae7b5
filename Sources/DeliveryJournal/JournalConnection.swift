import Glibc

/// How the journal's connections are opened.
enum JournalConnection {
  /// How long a connection waits for another's lock, in seconds.
  static let patience = 5

  /// The writer's connection, durable and with the newest schema.
  static func writer(_ path: String) throws -> DatabaseQueue {
    let queue = try DatabaseQueue(path, label: "s3loggerd.journal", patience: patience)
    try queue.inDatabase { database in
      try JournalSchema.check(database)
      for pragma in ["journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 2000"] {
        try database.execute(sql: "PRAGMA \(pragma)")
      }
      try database.execute(sql: "PRAGMA journal_size_limit = 16777216")
      try keepCompanions(database)
      try checkDurability(database)
      try JournalSchema.migrate(database)
    }
    return queue
  }

  /// Reads back what durability depends on.
  static func checkDurability(_ database: Database) throws {
    let mode = try database.first("PRAGMA journal_mode") { $0.text(0) } ?? ""
    let synchronous = try database.integer("PRAGMA synchronous") ?? 0
    guard mode == "wal", synchronous >= 2 else {
      throw JournalError.notDurable("journal_mode is \(mode), synchronous is \(synchronous)")
    }
  }

  /// A connection that only reads. A journal whose companions are gone and cannot be made (a read-only disk, a backup)
  /// is read as it stands: nobody can be writing to it.
  static func reader(_ path: String) throws -> DatabaseQueue {
    do {
      return try openReader(path)
    } catch let error as SQLFailure where error.cannotOpen && access(path + "-shm", F_OK) != 0 {
      return try openReader("file:" + percentEncoded(path) + "?immutable=1")
    }
  }

  private static func openReader(_ path: String) throws -> DatabaseQueue {
    let queue = try DatabaseQueue(path, isReadOnly: true, label: "s3loggerd.journal.reader", patience: patience)
    _ = try queue.inDatabase { try JournalSchema.check($0) }
    return queue
  }

  private static func percentEncoded(_ path: String) -> String {
    path.utf8.reduce(into: "") { result, byte in
      let plain = byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5a || byte >= 0x61 && byte <= 0x7a
      if plain || byte == UInt8(ascii: "/") {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
  }
}
