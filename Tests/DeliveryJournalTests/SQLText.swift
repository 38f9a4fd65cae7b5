import GRDB
import TestSupport

extension TemporaryDirectory {
  /// What a person sees who asks with `sqlite3 -readonly`: the first column of the rows.
  func sql(_ text: String) throws -> String? {
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: file, configuration: configuration)
    let rows = try queue.unsafeRead { try Row.fetchAll($0, sql: text) }
    if rows.isEmpty { return nil }
    return rows.map { row in row.databaseValues.map(Self.text).joined(separator: "|") }.joined(separator: "\n")
  }

  private static func text(_ value: DatabaseValue) -> String {
    if case .string(let text) = value.storage { text } else { "\(value)" }
  }
}
