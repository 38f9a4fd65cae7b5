import DeliveryModel

/// A table of the journal, as far as a row found in a damaged one can be held against it.
struct SalvageTable {
  struct Column {
    let name: String
    /// Nil for one that takes anything.
    let type: String
    let isRequired: Bool
  }

  let name: String
  /// In the order in which a row holds them.
  let columns: [Column]
  let hasRowIDs: Bool
  /// The column that is the row id, if one is: a row holds NULL in its place.
  let numberColumn: Int?
  /// How many columns a row may hold: those added later are missing in one that was not written since.
  let sizes: Set<Int>
  /// Columns that name a row of another table and may be NULL.
  let loosePointers: Set<Int>

  /// The tables of the journal in `database`, each after those that it points to.
  static func all(in database: Database) throws -> [SalvageTable] {
    let older = try sizesByVersion()
    var tables: [SalvageTable] = []
    var waiting = try names(in: database).map { ($0, try parents(of: $0, in: database)) }
    while !waiting.isEmpty {
      let done = Set(tables.map(\.name))
      let ready = waiting.filter { $0.1.keys.allSatisfy(done.contains) }
      for (name, parents) in ready.isEmpty ? waiting : ready {
        tables.append(try SalvageTable(name, parents, older[name] ?? [], in: database))
      }
      let now = Set(tables.map(\.name))
      waiting.removeAll { now.contains($0.0) }
    }
    return tables
  }

  private init(_ name: String, _ parents: [String: Set<String>], _ older: Set<Int>, in database: Database) throws {
    var found: [(column: Column, key: Int64)] = []
    try database.rows("SELECT name, type, \"notnull\", pk FROM pragma_table_info('\(name)') ORDER BY cid") { row in
      let column = Column(name: row.text(0), type: row.text(1), isRequired: row.integer(2) != 0 || row.integer(3) != 0)
      found.append((column, row.integer(3)))
      return true
    }
    hasRowIDs = try database.integer("SELECT wr FROM pragma_table_list WHERE name = '\(name)'") != 1
    // A table without row ids is the index of its primary key, and begins with that.
    let order =
      hasRowIDs ? found : found.filter { $0.key > 0 }.sorted { $0.key < $1.key } + found.filter { $0.key == 0 }
    let keys = found.count { $0.key > 0 }
    let number = found.firstIndex { $0.key == 1 && keys == 1 && $0.column.type == "INTEGER" }
    numberColumn = hasRowIDs ? number : nil
    let columns = order.map(\.column)
    self.columns = columns
    self.name = name
    sizes = older.union([columns.count])
    let pointing = parents.values.reduce(into: Set<String>()) { $0.formUnion($1) }
    loosePointers = Set(columns.indices.filter { !columns[$0].isRequired && pointing.contains(columns[$0].name) })
  }

  private static func names(in database: Database) throws -> [String] {
    var names: [String] = []
    try database.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
    {
      names.append($0.text(0))
      return true
    }
    return names
  }

  /// The tables that `name` points to, each with the columns that do.
  private static func parents(of name: String, in database: Database) throws -> [String: Set<String>] {
    var parents: [String: Set<String>] = [:]
    try database.rows("SELECT \"table\", \"from\" FROM pragma_foreign_key_list('\(name)')") { row in
      if row.text(0) != name { parents[row.text(0), default: []].insert(row.text(1)) }
      return true
    }
    return parents
  }

  /// How many columns each table had in any version.
  private static func sizesByVersion() throws -> [String: Set<Int>] {
    var sizes: [String: Set<Int>] = [:]
    try DatabaseQueue().inDatabase { database in
      for version in 1...JournalSchema.version {
        try JournalSchema.migrate(database, to: version)
        for name in try names(in: database) {
          let count = try database.integer("SELECT count(*) FROM pragma_table_info('\(name)')") ?? 0
          sizes[name, default: []].insert(Int(count))
        }
      }
    }
    return sizes
  }

  // MARK: Rows

  /// The row's values by column, or nil for one that the daemon cannot have written.
  func row(_ record: TreePage.Record) -> [SQLValue]? {
    guard (record.rowID != nil) == hasRowIDs, sizes.contains(record.values.count), record.values.count <= columns.count
    else { return nil }
    var values = record.values
    if let numberColumn {
      guard let number = record.rowID, number > 0, values[numberColumn].isNull else { return nil }
      values[numberColumn] = .integer(number)
    }
    for (column, value) in zip(columns, values) where !column.takes(value) { return nil }
    return isPlausible(values) ? values : nil
  }

  private func isPlausible(_ values: [SQLValue]) -> Bool {
    guard name == "delivery" else { return true }
    func value(_ name: String) -> SQLValue {
      columns.firstIndex { $0.name == name }.flatMap { $0 < values.count ? values[$0] : nil } ?? .null
    }
    guard case .integer(let state) = value("state"), StateCode.state(state) != nil,
      case .text(let evidence) = value("evidence"), SettleEvidence(rawValue: evidence) != nil,
      case .text(let discovery) = value("discovery"), Discovery(rawValue: discovery) != nil,
      case .bytes(let directory) = value("directory"), case .bytes(let file) = value("name"), !file.isEmpty,
      RelativePath(validating: DeliveryRow.path(directory: directory, name: file).bytes) != nil
    else { return false }
    return value("sha256").isNil(orBytes: SHA256Digest.byteCount) && value("delivery_id").isNil(orBytes: 16)
  }
}

extension SalvageTable.Column {
  func takes(_ value: SQLValue) -> Bool {
    switch value {
    case .null: !isRequired
    case .integer: type == "INTEGER" || type == "INT" || type == "ANY"
    case .text: type == "TEXT" || type == "ANY"
    case .bytes: type == "BLOB" || type == "ANY"
    }
  }
}

extension SQLValue {
  var isNull: Bool { if case .null = self { true } else { false } }

  fileprivate func isNil(orBytes count: Int) -> Bool {
    switch self {
    case .null: true
    case .bytes(let bytes): bytes.count == count
    default: false
    }
  }
}
