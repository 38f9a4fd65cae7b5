import CSQLite
import DeliveryModel

/// A prepared statement of the connection's cache, bound and stepped: every file's way
/// goes through here several times.
struct SQLStatement {
  /// Keeps the handle alive.
  private let owner: PreparedStatement
  private let handle: OpaquePointer

  /// Prepares `sql`, once per connection, and binds `values` to its parameters in order.
  init(_ sql: String, _ values: [SQLValue], in database: Database) throws {
    owner = try database.prepared(sql)
    handle = owner.handle
    sqlite3_reset(handle)
    for index in values.indices { try bind(values[index], at: Int32(index + 1)) }
  }

  /// Gives one parameter another value, between two runs; the others keep theirs.
  func bind(_ value: SQLValue, at index: Int32) throws { try check(setting(value, at: index)) }

  /// Runs a statement that has no rows.
  func run() throws {
    defer { sqlite3_reset(handle) }
    while try step() {}
  }

  /// Hands over row after row until `body` returns false.
  func forEach(_ body: (SQLRow) throws -> Bool) throws {
    defer { sqlite3_reset(handle) }
    while try step(), try body(SQLRow(handle)) {}
  }

  private func step() throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw SQLFailure(connection: sqlite3_db_handle(handle))
    }
  }

  private func check(_ code: Int32) throws {
    guard code == SQLITE_OK else { throw SQLFailure(connection: sqlite3_db_handle(handle)) }
  }

  private func setting(_ value: SQLValue, at index: Int32) -> Int32 {
    switch value {
    case .null: sqlite3_bind_null(handle, index)
    case .integer(let number): sqlite3_bind_int64(handle, index, number)
    case .text(let text): bind(text, at: index)
    case .bytes(let bytes):
      bytes.withUnsafeBytes { buffer in
        // A null pointer would be NULL, not the empty path of a folder's root.
        guard let start = buffer.baseAddress, !buffer.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
        return sqlite3_bind_blob(handle, index, start, Int32(buffer.count), Self.copied)
      }
    }
  }

  private func bind(_ text: String, at index: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { buffer in
      let start = UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
      guard let start, !buffer.isEmpty else { return sqlite3_bind_text(handle, index, "", 0, Self.copied) }
      return sqlite3_bind_text(handle, index, start, Int32(buffer.count), Self.copied)
    }
  }

  /// `SQLITE_TRANSIENT`, a cast that Swift does not import: SQLite copies the value at once.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

/// The current row of a statement; good until the next step.
struct SQLRow {
  private let handle: OpaquePointer

  fileprivate init(_ handle: OpaquePointer) {
    self.handle = handle
  }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

  func bits(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }

  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

  /// Nil for NULL or anything but 32 bytes.
  func digest(_ column: Int32) -> SHA256Digest? {
    guard let start = sqlite3_column_blob(handle, column),
      sqlite3_column_bytes(handle, column) == Int32(SHA256Digest.byteCount)
    else { return nil }
    let word = { UInt64(bigEndian: start.loadUnaligned(fromByteOffset: $0, as: UInt64.self)) }
    return SHA256Digest(words: (word(0), word(8), word(16), word(24)))
  }

  func optionalText(_ column: Int32) -> String? {
    guard let start = sqlite3_column_text(handle, column) else { return nil }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func text(_ column: Int32) -> String { optionalText(column) ?? "" }
}

extension SQLFailure {
  init(connection: OpaquePointer?) {
    let message = sqlite3_errmsg(connection).map { String(cString: $0) } ?? ""
    self.init(
      code: sqlite3_extended_errcode(connection), message: message, systemError: sqlite3_system_errno(connection))
  }
}

extension Database {
  func run(_ sql: String, _ values: [SQLValue] = []) throws {
    try SQLStatement(sql, values, in: self).run()
  }

  /// Every row, or those until `body` returns false.
  func rows(_ sql: String, _ values: [SQLValue] = [], _ body: (SQLRow) throws -> Bool) throws {
    try SQLStatement(sql, values, in: self).forEach(body)
  }

  /// What `body` makes of the first row; nil if there is none.
  func first<Value>(_ sql: String, _ values: [SQLValue] = [], _ body: (SQLRow) throws -> Value?) throws -> Value? {
    var result: Value?
    try rows(sql, values) { row in
      result = try body(row)
      return false
    }
    return result
  }

  /// The first column of the first row; nil if there is no row, or NULL in it.
  func integer(_ sql: String, _ values: [SQLValue] = []) throws -> Int64? {
    try first(sql, values) { $0.optionalInteger(0) }
  }
}

extension JournalConnection {
  /// The log stays, empty, when the daemon stops: a reader without the right to make files still opens the journal.
  static func keepCompanions(_ database: Database) throws {
    var keep: Int32 = 1
    guard sqlite3_file_control(database.handle, nil, SQLITE_FCNTL_PERSIST_WAL, &keep) == SQLITE_OK else {
      throw SQLFailure(connection: database.handle)
    }
  }
}
