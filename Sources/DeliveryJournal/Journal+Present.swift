package import DeliveryModel

/// Which delivered files should still stand in their folders: what is not there any more has departed, and what comes in its
/// place is another arrival.
extension Journal {
  /// How many delivered files stand directly in `directory`, as far as is known. One range of an index that holds nothing
  /// else; blocks, on the connection of scans.
  package func presentCount(in directory: RelativePath, folder: String) throws -> Int {
    try read(scans) { database in
      let place = SQLValue.integer(DeliveryPath.place(directory.bytes, folder: folder))
      return Int(try database.integer(Self.presentCount, [place]) ?? 0)
    }
  }

  /// Their names in the order of their bytes, after `name`, at most `limit`. Blocks, on the connection of scans.
  package func presentNames(
    in directory: RelativePath, folder: String, after name: [UInt8], limit: Int
  ) throws -> [[UInt8]] {
    try read(scans) { database in
      var names: [[UInt8]] = []
      let place = SQLValue.integer(DeliveryPath.place(directory.bytes, folder: folder))
      try database.rows(Self.presentNames, [place, .bytes(name), .integer(Int64(limit))]) { row in
        names.append(row.bytes(0))
        return true
      }
      return names
    }
  }

  /// The next directory of a folder in which delivered files stand, as far as is known, in an order of the journal's own; nil
  /// after the last. One look at the index for each directory there is. Blocks, on the connection of scans.
  package func presentDirectory(after place: Int64?, limit: Int) throws -> [PresentDirectory] {
    try read(scans) { database in
      var found: [PresentDirectory] = []
      var last = place
      while found.count < limit {
        let condition = last == nil ? "" : "AND place > ?"
        let next = try database.first(Self.presentDirectory(condition), last.map { [.integer($0)] } ?? []) { row in
          PresentDirectory(
            place: row.integer(0), folder: row.text(1), directory: RelativePath(unchecked: row.bytes(2)))
        }
        guard let next else { break }
        found.append(next)
        last = next.place
      }
      return found
    }
  }

  static let presentCount = """
    SELECT count(DISTINCT name) FROM delivery INDEXED BY delivery_present \
    WHERE logged IS NOT NULL AND gone IS NULL AND root IS NOT NULL AND place = ?
    """

  static let presentNames = """
    SELECT DISTINCT name FROM delivery INDEXED BY delivery_present \
    WHERE logged IS NOT NULL AND gone IS NULL AND root IS NOT NULL AND place = ? AND name > ? ORDER BY name LIMIT ?
    """

  static func presentDirectory(_ condition: String) -> String {
    """
    SELECT place, folder, directory FROM delivery INDEXED BY delivery_present \
    WHERE logged IS NOT NULL AND gone IS NULL AND root IS NOT NULL \(condition) ORDER BY place LIMIT 1
    """
  }
}

/// What folders found out that is no delivery.
extension Journal {
  /// Whether a folder at this directory was looked through under this journal. Blocks, on the connection of scans.
  package func wasLookedThrough(_ root: FolderRoot) throws -> Bool {
    try read(scans) { database in
      try database.first(
        "SELECT 1 FROM folder_root r WHERE \(Database.isRoot) AND r.scanned IS NOT NULL LIMIT 1",
        Database.values(of: root)
      ) { _ in true } ?? false
    }
  }

  /// Whether the file of the folder that was delivered last was seen in this directory. Blocks, on the connection of scans.
  package func wasLastSeen(in root: FolderRoot, folder: String) throws -> Bool {
    try read(scans) { database in
      let last = try database.integer(Self.lastSeen, [.text(folder)]).flatMap { try FolderRoots(database).root($0) }
      return last.map { $0.isSame(as: root) || $0.inode != 0 && root.isRemounted(from: $0) } ?? false
    }
  }

  static let lastSeen = """
    SELECT root FROM delivery WHERE folder = ? AND logged IS NOT NULL ORDER BY logged DESC LIMIT 1
    """

  /// All of the directory was looked through.
  package func noteLookedThrough(
    _ root: FolderRoot, folder: String, at moment: Timestamp
  ) async throws(JournalError) {
    try await transaction { database in
      let number = try FolderRoots(database).number(of: root, folder: folder)
      try database.run(
        "UPDATE folder_root SET scanned = ? WHERE number = ? AND scanned IS NULL", [.time(moment), .integer(number)])
    }
  }

  /// What the journal has of these paths is not there any more; what waits is withdrawn when its turn comes. Only what was seen
  /// in this very directory, and not on a file system mounted somewhere in it, which may just not be there.
  ///
  /// - Parameters:
  ///   - paths: below the directory.
  ///   - root: the directory, as it is now.
  ///   - folders: the names that the folder has and had.
  ///   - moment: when that was seen.
  /// - Throws: where it could not be made durable.
  package func noteDeparted(
    _ paths: [RelativePath], from root: FolderRoot, folders: [String], at moment: Timestamp
  ) async throws(JournalError) {
    if paths.isEmpty { return }
    try await transaction { database in
      let roots = FolderRoots(database)
      for path in paths {
        for folder in folders {
          let place = DeliveryPath.values(path, folder: folder)
          let seen = try database.first(Self.standing, place) { row in
            (root: row.optionalInteger(0), device: row.bits(1))
          }
          guard let seen, let former = try seen.root.flatMap(roots.root), former.device == seen.device,
            former.isSame(as: root) || former.inode != 0 && root.isRemounted(from: former)
          else { continue }
          try database.run(Self.departure, place + [.time(moment)])
        }
      }
    }
  }

  private static let isStanding = "d.gone IS NULL AND d.state <> 4"

  static let standing = """
    SELECT d.root, d.device FROM delivery d WHERE \(DeliveryPath.condition) AND \(isStanding) ORDER BY d.number DESC LIMIT 1
    """

  static let departure = "UPDATE delivery AS d SET gone = ?5 WHERE \(DeliveryPath.numbered) AND \(isStanding)"
}
