import CSQLite
import Dispatch

/// A connection to a SQLite database, with the statements it has prepared. Only its ``DatabaseQueue`` has it, and lends it to
/// one user at a time.
///
/// SQLite is used as it is: statements by text, values by place. What an error means is for ``JournalGuard`` to say.
final class Database {
  /// Nil once it is closed.
  private(set) var handle: OpaquePointer?
  /// Prepared once each: the journal's statements are few, and each has one text.
  private var statements: [String: PreparedStatement] = [:]

  /// Opens the file, which is made if it may be written and is not there. `path` may be a `file:` address
  /// (https://www.sqlite.org/uri.html). Foreign keys are watched over. `patience` is how long it waits for another
  /// connection's lock, in seconds. Throws ``SQLFailure``.
  init(_ path: String, isReadOnly: Bool, patience: Int) throws {
    let access = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    // It has one user at a time, so that it needs no locks of its own: https://www.sqlite.org/threadsafe.html
    let code = sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nil)
    guard code == SQLITE_OK, let handle else {
      defer { close() }
      throw handle.map { SQLFailure(connection: $0) } ?? SQLFailure(code: code, message: "it cannot be opened")
    }
    do {
      sqlite3_extended_result_codes(handle, 1)
      sqlite3_busy_timeout(handle, Int32(patience * 1000))
      try execute(sql: "PRAGMA foreign_keys = ON")
    } catch {
      close()
      throw error
    }
  }

  deinit { close() }

  /// Ends it; what is asked afterwards fails. The last connection of a journal writes the log back into the database.
  func close() {
    statements = [:]
    sqlite3_close_v2(handle)
    handle = nil
  }

  /// Runs statements that have neither values nor rows, one after the other.
  func execute(sql: String) throws {
    guard let handle else { throw Self.closed }
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw SQLFailure(connection: handle) }
  }

  /// The statement of that text, prepared at its first use.
  func prepared(_ sql: String) throws -> PreparedStatement {
    if let known = statements[sql] { return known }
    guard let handle else { throw Self.closed }
    let statement = try PreparedStatement(sql, handle)
    statements[sql] = statement
    return statement
  }

  private static let closed = SQLFailure(code: SQLITE_MISUSE, message: "the connection is closed")

  // MARK: Transactions

  /// Does `work` in a transaction, all of it or nothing.
  func transaction<Value>(_ begin: String = "BEGIN IMMEDIATE", _ work: (Database) throws -> Value) throws -> Value {
    try run(begin)
    do {
      let value = try work(self)
      try run("COMMIT")
      return value
    } catch {
      // SQLite may have rolled back by itself: https://www.sqlite.org/lang_transaction.html
      if isInsideTransaction { try run("ROLLBACK") }
      throw error
    }
  }

  var isInsideTransaction: Bool { handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }

  /// How many rows the last statement that writes has changed.
  var changesCount: Int { Int(sqlite3_changes(handle)) }

  var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(handle) }
}

/// A statement that its connection has prepared. It is freed with the last reference to it.
final class PreparedStatement {
  let handle: OpaquePointer

  fileprivate init(_ sql: String, _ connection: OpaquePointer) throws {
    var statement: OpaquePointer?
    // It is kept for long, which SQLite's small buffers are not for.
    let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK else { throw SQLFailure(connection: connection) }
    guard let statement else { throw SQLFailure(code: SQLITE_MISUSE, message: "an empty statement") }
    handle = statement
  }

  deinit { sqlite3_finalize(handle) }
}

/// A connection and the queue on which alone it is used.
///
/// Sendable because the connection never leaves the queue.
final class DatabaseQueue: @unchecked Sendable {
  private let database: Database
  private let queue: DispatchQueue

  /// Opens the connection. Blocks. `patience` is how long it waits for another's lock, in seconds.
  init(_ path: String, isReadOnly: Bool = false, label: String, patience: Int = 0) throws {
    queue = DispatchQueue(label: label)
    database = try Database(path, isReadOnly: isReadOnly, patience: patience)
  }

  /// A database in memory, of its own.
  convenience init() throws { try self.init(":memory:", label: "s3loggerd.memory") }

  /// Waits for its turn and does `work` on the connection, which must not keep it. Blocks.
  func inDatabase<Value>(_ work: (Database) throws -> Value) rethrows -> Value {
    try queue.sync { try work(database) }
  }

  /// Does `work` on the connection, when its turn comes, on a thread of the queue.
  func async(_ work: @escaping @Sendable (Database) -> Void) {
    queue.async { [self] in work(database) }
  }

  /// Waits for its turn and ends the connection; what is asked afterwards fails. Blocks.
  func close() { queue.sync { database.close() } }
}
