import CSQLite

/// A function that statements of a connection may call: of the same values it makes the same value.
struct SQLFunction: Sendable {
  let name: String
  let argumentCount: Int32
  let value: @Sendable ([SQLValue]) -> SQLValue

  /// What SQLite keeps of it.
  private final class Context {
    let function: SQLFunction

    init(_ function: SQLFunction) { self.function = function }
  }

  /// Makes it known to the connection while `work` runs.
  func whileKnown<Value>(to database: Database, _ work: () throws -> Value) throws -> Value {
    // The view holds a reference until SQLite gives it back.
    let context = Unmanaged.passRetained(Context(self)).toOpaque()
    let code = sqlite3_create_function_v2(
      database.handle, name, argumentCount, SQLITE_UTF8 | SQLITE_DETERMINISTIC, context,
      { context, count, values in
        guard let kept = sqlite3_user_data(context) else { return }
        let function = Unmanaged<Context>.fromOpaque(kept).takeUnretainedValue().function
        let arguments = (0..<Int(count)).map { SQLFunction.argument(values?[$0]) }
        SQLFunction.give(function.value(arguments), to: context)
      }, nil, nil,
      { kept in
        if let kept { Unmanaged<Context>.fromOpaque(kept).release() }
      })
    guard code == SQLITE_OK else { throw SQLFailure(connection: database.handle) }
    defer {
      sqlite3_create_function_v2(database.handle, name, argumentCount, SQLITE_UTF8, nil, nil, nil, nil, nil)
    }
    return try work()
  }

  private static func argument(_ value: OpaquePointer?) -> SQLValue {
    switch sqlite3_value_type(value) {
    case SQLITE_INTEGER: .integer(sqlite3_value_int64(value))
    case SQLITE_TEXT: .text(String(decoding: bytes(sqlite3_value_text(value), value), as: UTF8.self))
    case SQLITE_BLOB: .bytes(bytes(sqlite3_value_blob(value), value))
    default: .null
    }
  }

  private static func bytes(_ start: UnsafeRawPointer?, _ value: OpaquePointer?) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_value_bytes(value))))
  }

  /// The journal's functions make numbers.
  private static func give(_ value: SQLValue, to context: OpaquePointer?) {
    if case .integer(let number) = value { sqlite3_result_int64(context, number) } else { sqlite3_result_null(context) }
  }
}
