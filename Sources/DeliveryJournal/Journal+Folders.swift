package import DeliveryModel

/// A folder as the configuration has it, for the journal to remember when it has it no longer.
package struct ConfiguredFolder: Sendable, Equatable {
  package let name: String
  package let path: String
  package let terms: FolderTerms
  /// Where it puts what is its own.
  package let places: [OwnPlace]

  package init(name: String, path: String, terms: FolderTerms, places: [OwnPlace]) {
    self.name = name
    self.path = path
    self.terms = terms
    self.places = places
  }
}

/// What is still to be known of a folder that is out of the configuration.
package struct FolderTerms: Sendable, Equatable {
  /// How its objects are named.
  package let key: String
  /// What it wants done once a file is delivered, in words of the daemon's own.
  package let followUps: String

  package init(key: String, followUps: String) {
    self.key = key
    self.followUps = followUps
  }
}

extension Journal {
  /// Notes the folders of the configuration that is in use from now on. Returns what was last set for every folder there ever
  /// was, by the folder's name.
  ///
  /// What an earlier version left without a path belongs to the path that its folder has now, and what stands in that folder
  /// under the names of our places was made by that version.
  package func register(
    _ folders: [ConfiguredFolder], at moment: Timestamp
  ) async throws(JournalError) -> [String: FolderTerms] {
    try await transaction { database in
      for folder in folders {
        try database.run(
          """
          INSERT INTO folder (name, path, key, follow_ups) VALUES (?1, ?2, ?3, ?4) \
          ON CONFLICT (name) DO UPDATE SET path = ?2, key = ?3, follow_ups = ?4 \
          WHERE path <> ?2 OR key IS NOT ?3 OR follow_ups IS NOT ?4
          """,
          [.text(folder.name), .text(folder.path), .text(folder.terms.key), .text(folder.terms.followUps)])
        try Self.adopt(folder, moment, database)
      }
      try Self.wake(moment, database)
      var terms: [String: FolderTerms] = [:]
      try database.rows("SELECT name, key, follow_ups FROM folder WHERE key IS NOT NULL") {
        terms[$0.text(0)] = FolderTerms(key: $0.text(1), followUps: $0.text(2))
        return true
      }
      return terms
    }
  }

  /// What waits for its folder, or could not be done in it, is tried at once.
  private static func wake(_ moment: Timestamp, _ database: Database) throws {
    try database.run(
      """
      UPDATE delivery SET next_attempt = ?1 WHERE state IN (0, 1) AND next_attempt > ?1 \
      AND last_code = 'folder-unavailable'
      """, [.time(moment)])
    try database.run("UPDATE errand SET due = ?1 WHERE due > ?1 AND tries > 0", [.time(moment)])
  }

  private static func adopt(_ folder: ConfiguredFolder, _ moment: Timestamp, _ database: Database) throws {
    let unplaced = try database.integer(
      "SELECT r.number FROM folder_root r JOIN folder f ON r.folder = f.number WHERE f.name = ? AND r.path = ''",
      [.text(folder.name)])
    guard let unplaced else { return }
    try database.run("UPDATE folder_root SET path = ? WHERE number = ?", [.text(folder.path), .integer(unplaced)])
    for place in folder.places { try insert(place, root: unplaced, moment, database) }
  }

  private static func insert(_ place: OwnPlace, root: Int64, _ moment: Timestamp, _ database: Database) throws {
    try database.run(
      """
      INSERT INTO place (root, path, kind, since) VALUES (?1, ?2, ?3, ?4) \
      ON CONFLICT DO UPDATE SET kind = ?3, ended = NULL WHERE kind <> ?3 OR ended IS NOT NULL
      """, [.integer(root), .bytes(place.path.bytes), .integer(place.kind.rawValue), .time(moment)])
  }

  /// Notes that places in the directory are ours from now on. Those that are known already cost nothing on the disk.
  package func note(
    _ places: [OwnPlace], in root: FolderRoot, folder: String, at moment: Timestamp
  ) async throws(JournalError) {
    if places.isEmpty { return }
    try await transaction { database in
      let number = try FolderRoots(database).number(of: root, folder: folder)
      for place in places { try Self.insert(place, root: number, moment, database) }
    }
  }
}

/// Pages that are kept no longer.
extension Journal {
  /// When the page of this directory ended, as far as it has; nil where there never was one. Blocks, on the connection of
  /// scans.
  package func formerPage(in root: FolderRoot) throws -> (ended: Timestamp?, Void)? {
    try read(scans) { database in
      try database.first(
        """
        SELECT max(ifnull(p.ended, 9223372036854775807)) FROM place p JOIN folder_root r ON p.root = r.number \
        WHERE \(Database.isRoot) AND p.kind = ?5
        """, Database.values(of: root) + [.integer(OwnPlace.Kind.page.rawValue)]
      ) { row in
        row.optionalInteger(0).map { ($0 == .max ? nil : DeliveryRow.time($0), ()) }
      }
    }
  }

  /// The page of this directory is kept no longer.
  package func endPage(in root: FolderRoot, at moment: Timestamp) async throws(JournalError) {
    try await transaction { database in
      try database.run(
        """
        UPDATE place SET ended = ?6 WHERE kind = ?5 AND ended IS NULL \
        AND root IN (SELECT r.number FROM folder_root r WHERE \(Database.isRoot))
        """,
        Database.values(of: root) + [.integer(OwnPlace.Kind.page.rawValue), .time(moment)])
    }
  }
}

/// What a directory is to the journal.
extension Journal {
  /// The places in this directory that are ours or were, whatever the folder was called. Blocks, on the connection of scans.
  package func ownPlaces(in root: FolderRoot) throws -> [OwnPlace] {
    try read(scans) { try $0.ownPlaces(in: root) }
  }

  /// The names that the folder at this directory had besides `folder`: files known by one of them are known. Blocks, on the
  /// connection of scans.
  package func otherNames(of root: FolderRoot, than folder: String) throws -> [String] {
    try read(scans) { database in
      var names: [String] = []
      try database.rows(
        """
        SELECT DISTINCT f.name FROM folder_root r JOIN folder f ON r.folder = f.number \
        WHERE \(Database.isRoot) AND f.name <> ?5
        """, Database.values(of: root) + [.text(folder)]
      ) {
        names.append($0.text(0))
        return true
      }
      return names
    }
  }
}

extension Database {
  /// Rows of the directory `?2` … `?4`: the very same, wherever it stood, or what stood at the path `?1` and is not certainly
  /// another one.
  static let isRoot = """
    (?3 <> 0 AND r.device = ?2 AND r.inode = ?3 AND (r.generation = ?4 OR r.generation = 0 OR ?4 = 0) \
    OR r.path = ?1 AND (r.inode = 0 OR ?3 = 0 OR r.device <> ?2))
    """

  static func values(of root: FolderRoot) -> [SQLValue] {
    [
      .text(String(decoding: root.path, as: UTF8.self)), .bits(root.device), .bits(root.inode), .bits(root.generation),
    ]
  }

  func ownPlaces(in root: FolderRoot) throws -> [OwnPlace] {
    var places: [OwnPlace] = []
    try rows(
      "SELECT DISTINCT p.kind, p.path FROM place p JOIN folder_root r ON p.root = r.number WHERE \(Self.isRoot)",
      Self.values(of: root)
    ) { row in
      if let kind = OwnPlace.Kind(rawValue: row.integer(0)) {
        places.append(OwnPlace(kind, RelativePath(unchecked: row.bytes(1))))
      }
      return true
    }
    return places
  }
}
