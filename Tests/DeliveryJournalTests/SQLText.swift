import CSQLite
import TestSupport

@testable import DeliveryJournal

extension TemporaryDirectory {
  /// What a person sees who asks with `sqlite3 -readonly`: the columns of the rows.
  func sql(_ text: String) throws -> String? {
    let queue = try DatabaseQueue(file, isReadOnly: true, label: "test.sql")
    let rows = try queue.inDatabase { try $0.texts(text) }
    if rows.isEmpty { return nil }
    return rows.map { row in row.map { $0 ?? "NULL" }.joined(separator: "|") }.joined(separator: "\n")
  }
}

extension Database {
  /// The rows of one or more statements, each column as text; nil for NULL.
  func texts(_ sql: String) throws -> [[String?]] {
    var rows: [[String?]] = []
    let code = withUnsafeMutablePointer(to: &rows) { rows in
      sqlite3_exec(
        handle, sql,
        { rows, count, values, _ in
          let row = (0..<Int(count)).map { column in values?[column].map { String(cString: $0) } }
          rows?.assumingMemoryBound(to: [[String?]].self).pointee.append(row)
          return 0
        }, rows, nil)
    }
    guard code == SQLITE_OK else { throw SQLFailure(connection: handle) }
    return rows
  }

  func columns(in table: String) throws -> [String] {
    try texts("SELECT name FROM pragma_table_info('\(table)') ORDER BY cid").compactMap { $0[0] }
  }

  /// Every row of a table, each value as it is written in SQL.
  func literals(_ table: String, _ condition: String = "") throws -> [String] {
    let values = try columns(in: table).map { "quote(\"\($0)\")" }.joined(separator: " || ',' || ")
    return try texts("SELECT \(values) FROM \(table) \(condition)").compactMap { $0[0] }
  }

  /// Rows that were written since the connection was opened.
  var totalChanges: Int64 { get throws { try integer("SELECT total_changes()") ?? 0 } }
}
