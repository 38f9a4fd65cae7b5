import DeliveryModel

/// The directories at which folders were seen, as their rows have them. Lives no longer than one transaction, in which each
/// is looked up once.
final class FolderRoots {
  private let database: Database
  private var byNumber: [Int64: FolderRoot] = [:]
  private var numbers: [Key: Int64] = [:]

  private struct Key: Hashable {
    let root: FolderRoot
    let folder: [UInt8]
  }

  init(_ database: Database) {
    self.database = database
  }

  /// The columns that ``root(in:from:)`` reads, of the alias `r`.
  static let columns = "r.path, r.device, r.inode, r.generation, r.is_mount"

  /// Five columns from `column` on.
  static func root(in row: SQLRow, from column: Int32) -> FolderRoot {
    FolderRoot(
      path: Array(row.text(column).utf8), device: row.bits(column + 1), inode: row.bits(column + 2),
      generation: row.bits(column + 3), isMount: row.integer(column + 4) != 0)
  }

  func root(_ number: Int64) throws -> FolderRoot? {
    if let known = byNumber[number] { return known }
    let found = try database.first(
      "SELECT \(Self.columns) FROM folder_root r WHERE r.number = ?", [.integer(number)]
    ) { Self.root(in: $0, from: 0) }
    byNumber[number] = found
    return found
  }

  /// The number of the row of this very directory, which is made where there is none. One whose path an earlier version did
  /// not note is another one.
  func number(of root: FolderRoot, folder: String) throws -> Int64 {
    let key = Key(root: root, folder: Array(folder.utf8))
    if let known = numbers[key] { return known }
    let path = String(decoding: root.path, as: UTF8.self)
    let owner = try number(ofFolder: folder, path: path)
    let values: [SQLValue] = [
      .integer(owner), .text(path), .bits(root.device), .bits(root.inode), .bits(root.generation),
    ]
    try database.run(
      """
      INSERT INTO folder_root (folder, path, device, inode, generation, is_mount) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
      ON CONFLICT DO UPDATE SET is_mount = ?6 WHERE is_mount <> ?6
      """, values + [.integer(root.isMount ? 1 : 0)])
    let found = try database.integer(
      """
      SELECT number FROM folder_root WHERE folder = ?1 AND path = ?2 AND device = ?3 AND inode = ?4 AND generation = ?5
      """, values)
    guard let found else { throw JournalError.storageFailed(reason: "the row of a folder cannot be read back") }
    numbers[key] = found
    return found
  }

  private func number(ofFolder name: String, path: String) throws -> Int64 {
    let select = "SELECT number FROM folder WHERE name = ?"
    if let known = try database.integer(select, [.text(name)]) { return known }
    try database.run("INSERT INTO folder (name, path) VALUES (?, ?)", [.text(name), .text(path)])
    return database.lastInsertedRowID
  }
}
