import DeliveryModel

/// What could be taken over from a damaged journal.
package struct SalvagedJournal: Sendable, Equatable {
  /// How many deliveries the new journal has of it.
  package var deliveries = 0
  /// How many it had, as far as is known, that could not be read.
  package var lostDeliveries = 0
  /// Rows of other tables that could not be read whole: failed attempts, parts, follow-ups, alerts.
  package var lostOthers = 0
  /// Pages of its tables that could not be read.
  package var damagedPages = 0
}

/// Reads every row that can still be read out of a damaged journal and writes it into a new one. It goes from the roots of
/// the tables down; where a page on the way is damaged, what hung below is looked for in all pages that no table has.
final class JournalSalvage {
  private static let delivery = "delivery"

  private struct Row {
    var values: [SQLValue]
    var rowID: Int64?
    /// Whether its table led to it: another row of that key is an old state of it.
    var isCertain: Bool
  }

  private let database: Database
  private let tables: [SalvageTable]
  private let pages: PageWalk
  private var result = SalvagedJournal()
  /// The tables of which not every page could be read.
  private var incomplete: Set<String> = []
  /// The numbers of deliveries that an index names; asked only where the table is incomplete.
  private var indexed: [Int64] = []
  /// By table, rows whose turn has not come.
  private var kept: [String: [Row]] = [:]
  private var statements: [String: String] = [:]

  /// Makes the new journal at `path` with the rows of `damaged`, in the version of that, or in this program's where that
  /// cannot be told. It is not yet durable. `progress` is called now and then. Blocks.
  static func make(
    _ path: String, from damaged: String, now: Timestamp, progress: @escaping () -> Void
  ) throws -> SalvagedJournal {
    let queue = try DatabaseQueue(path, label: "s3loggerd.journal.salvage")
    let image = DatabaseImage(damaged)
    let result = try queue.inDatabase { database in
      // The file is thrown away where this does not come to its end.
      for pragma in ["journal_mode = MEMORY", "synchronous = OFF", "cache_size = -32768"] {
        try database.execute(sql: "PRAGMA \(pragma)")
      }
      let version = image?.userVersion.flatMap { (1...JournalSchema.version).contains($0) ? $0 : nil }
      try JournalSchema.migrate(database, to: version ?? JournalSchema.version)
      return try image.map { try JournalSalvage(database, PageWalk($0, progress)).run(now: now) }
    }
    queue.close()
    return result ?? SalvagedJournal()
  }

  private init(_ database: Database, _ pages: PageWalk) throws {
    self.database = database
    self.pages = pages
    tables = try SalvageTable.all(in: database)
  }

  private func run(now: Timestamp) throws -> SalvagedJournal {
    let indexes = try dropIndexes()
    try database.run("BEGIN")
    let roots = roots()
    try takeRows(roots)
    // A file of before may be one that was delivered, and is not known any more.
    if incomplete.contains(Self.delivery) || result.lostDeliveries > 0 {
      if tables.contains(where: { $0.name == "journal" }) {
        try database.run("UPDATE journal SET created = ?", [.time(now)])
      }
      if tables.contains(where: { $0.name == "folder_root" && $0.columns.contains { $0.name == "scanned" } }) {
        try database.run("UPDATE folder_root SET scanned = NULL")
      }
    }
    // Lines may be missing at its end, and be signed and sent already: it must not go on as another.
    if tables.contains(where: { $0.name == "custody_log" }) { try database.run("UPDATE custody_log SET standing = 2") }
    try database.run("COMMIT")
    try fillPlaces()
    for index in indexes { try database.execute(sql: index) }
    return result
  }

  /// Those of rows that a program before version 12 wrote.
  private func fillPlaces() throws {
    let hasPlaces = tables.contains { $0.name == Self.delivery && $0.columns.contains { $0.name == "place" } }
    guard hasPlaces else { return }
    try DeliveryPath.placeFunction.whileKnown(to: database) {
      try database.run("UPDATE delivery SET place = \(DeliveryPath.placeName)(folder, directory) WHERE place IS NULL")
    }
  }

  /// Rows go in after those that they point to. Deliveries are the most by far, and are written as they are met; the others
  /// are kept until it is their turn.
  private func takeRows(_ roots: [String: Int]) throws {
    for table in tables where table.name != Self.delivery {
      walk(table, at: roots[table.name]) { [self] row in kept[table.name, default: []].append(row) }
    }
    let split = tables.firstIndex { $0.name == Self.delivery } ?? tables.endIndex
    let (before, after) = (tables[..<split], tables[split...].dropFirst())
    let lacking = before.filter { incomplete.contains($0.name) }
    if !lacking.isEmpty { try takeOrphans(of: lacking) }
    for table in before { try insertKept(table) }
    if split < tables.endIndex {
      try walk(tables[split], at: roots[Self.delivery]) { [self] row in
        if try insert(row, into: tables[split]) { result.deliveries += 1 } else { result.lostDeliveries += 1 }
      }
    }
    result.damagedPages = pages.damagedPages
    let rest = tables[split...].filter { incomplete.contains($0.name) }
    if !rest.isEmpty {
      for (name, root) in roots where !tables.contains(where: { $0.name == name }) {
        pages.tree(at: root, isTable: false) { note(entry: $0) }
      }
      try takeOrphans(of: rest)
    }
    if incomplete.contains(Self.delivery) { try countLost() }
    for table in after { try insertKept(table) }
  }

  private func insertKept(_ table: SalvageTable) throws {
    for row in kept.removeValue(forKey: table.name) ?? [] where try !insert(row, into: table) { result.lostOthers += 1 }
  }

  /// Rows are written faster without them. Returns what makes them again.
  private func dropIndexes() throws -> [String] {
    var found: [(name: String, sql: String)] = []
    try database.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL") { row in
      found.append((row.text(0), row.text(1)))
      return true
    }
    for index in found { try database.execute(sql: "DROP INDEX \(index.name)") }
    return found.map(\.sql)
  }

  /// Where the tables and indexes begin, by name, as far as the damaged journal tells.
  private func roots() -> [String: Int] {
    var roots: [String: Int] = [:]
    pages.tree(at: 1, isTable: true) { record in
      guard record.values.count == 5, case .text(let name) = record.values[1],
        case .integer(let root) = record.values[3], root > 1
      else { return }
      roots[name] = Int(root)
    }
    return roots
  }

  private func walk(_ table: SalvageTable, at root: Int?, _ take: (Row) throws -> Void) rethrows {
    guard let root else {
      incomplete.insert(table.name)
      return
    }
    let isWhole = try pages.tree(at: root, isTable: table.hasRowIDs) { record in
      if let values = table.row(record) {
        try take(Row(values: values, rowID: record.rowID, isCertain: true))
      } else {
        if table.name == Self.delivery { result.lostDeliveries += 1 } else { result.lostOthers += 1 }
      }
    }
    if !isWhole { incomplete.insert(table.name) }
  }

  /// What no tree has led to: rows of `wanted`, told apart by what they hold. The entries of indexes are passed over, but
  /// tell which deliveries there were.
  private func takeOrphans(of wanted: [SalvageTable]) throws {
    try pages.orphans { record in
      note(entry: record)
      let fitting = wanted.compactMap { table in table.row(record).map { (table, $0) } }
      guard fitting.count == 1, let (table, values) = fitting.first else { return }
      let row = Row(values: values, rowID: record.rowID, isCertain: false)
      if table.name != Self.delivery {
        kept[table.name, default: []].append(row)
      } else if try insert(row, into: table) {
        result.deliveries += 1
      }
    }
  }

  private func note(entry: TreePage.Record) {
    guard entry.rowID == nil, incomplete.contains(Self.delivery) else { return }
    let values = entry.values
    if values.count == 3, case .integer = values[0], case .bytes = values[1], case .integer(let number) = values[2] {
      indexed.append(number)
    }
    // Before version 12.
    if values.count == 4, case .text = values[0], case .bytes = values[1], case .bytes = values[2],
      case .integer(let number) = values[3]
    {
      indexed.append(number)
    }
  }

  private func countLost() throws {
    var missing = 0
    for number in Set(indexed)
    where try database.integer("SELECT 1 FROM delivery WHERE number = ?", [.integer(number)]) == nil { missing += 1 }
    result.lostDeliveries = max(result.lostDeliveries, missing)
  }

  /// Returns whether the row is in the table by this.
  private func insert(_ row: Row, into table: SalvageTable) throws -> Bool {
    var values = row.values
    if table.hasRowIDs, table.numberColumn == nil, let rowID = row.rowID { values.append(.integer(rowID)) }
    let sql = statement(table, row.values.count, row.isCertain ? "REPLACE" : "IGNORE")
    do {
      try database.run(sql, values)
      return database.changesCount == 1
    } catch let error as SQLFailure where error.isConstraint {
      // What it points to is lost, and it can be without.
      for index in table.loosePointers where index < values.count { values[index] = .null }
      do {
        try database.run(sql, values)
        return database.changesCount == 1
      } catch let error as SQLFailure where error.isConstraint {
        return false
      }
    }
  }

  private func statement(_ table: SalvageTable, _ count: Int, _ conflict: String) -> String {
    let key = "\(conflict) \(count) \(table.name)"
    if let known = statements[key] { return known }
    var names = table.columns.prefix(count).map { "\"\($0.name)\"" }
    if table.hasRowIDs, table.numberColumn == nil { names.append("rowid") }
    let places = names.map { _ in "?" }.joined(separator: ", ")
    let sql = "INSERT OR \(conflict) INTO \(table.name) (\(names.joined(separator: ", "))) VALUES (\(places))"
    statements[key] = sql
    return sql
  }
}
