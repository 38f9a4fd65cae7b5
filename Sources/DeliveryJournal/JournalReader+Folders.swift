package import DeliveryModel

extension JournalReader {
  /// A directory in which something waits.
  package struct WaitingRoot: Sendable, Equatable {
    /// What the folder was called.
    package var folder: String
    package var root: FolderRoot
    /// Deliveries that are pending or parked.
    package var files = 0
    /// What is still to be done about finished ones.
    package var followUps = 0
  }

  /// Where something waits, by the folder's directory. Looks at every open delivery, and at none that is done.
  package func waitingByRoot() throws(JournalError) -> [WaitingRoot] { try read(Self.waitingByRoot) }

  static func waitingByRoot(_ database: Database) throws -> [WaitingRoot] {
    var found: [Key: WaitingRoot] = [:]
    let roots = FolderRoots(database)
    let count = { (sql: String, field: WritableKeyPath<WaitingRoot, Int>) in
      try database.rows(sql) { row in
        let seen = try row.optionalInteger(0).flatMap(roots.root)
        let root = seen ?? FolderRoot(path: [], device: 0, inode: 0)
        let key = Key(folder: Array(row.text(1).utf8), root: root)
        found[key, default: WaitingRoot(folder: row.text(1), root: root)][keyPath: field] += Int(row.integer(2))
        return true
      }
    }
    try count(
      "SELECT root, folder, count(*) FROM delivery WHERE state = 0 AND state IN (0, 1) GROUP BY root, folder", \.files)
    try count(
      "SELECT root, folder, count(*) FROM delivery WHERE state = 3 AND state > 2 GROUP BY root, folder", \.files)
    try count(
      "SELECT d.root, d.folder, count(*) FROM errand e JOIN delivery d ON e.delivery = d.number GROUP BY d.root, d.folder",
      \.followUps)
    return found.values.sorted { $0.root.path.lexicographicallyPrecedes($1.root.path) }
  }

  /// The places of the daemon's own, past ones included, that are known of whatever directory stood at this path.
  package func placePaths(at path: String) throws(JournalError) -> [RelativePath] {
    try read { database in
      var paths: [RelativePath] = []
      try database.rows(
        "SELECT DISTINCT p.path FROM place p JOIN folder_root r ON p.root = r.number WHERE r.path = ?", [.text(path)]
      ) { row in
        paths.append(RelativePath(unchecked: row.bytes(0)))
        return true
      }
      return paths
    }
  }

  private struct Key: Hashable {
    let folder: [UInt8]
    let root: FolderRoot
  }
}

extension Journal {
  /// The same for the daemon, on a connection of its own, as there may be many.
  package func waitingByRoot() async throws(JournalError) -> [JournalReader.WaitingRoot] {
    try await onOwnConnection(JournalReader.waitingByRoot)
  }
}
