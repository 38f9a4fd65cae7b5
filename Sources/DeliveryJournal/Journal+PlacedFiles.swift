package import DeliveryModel

/// Whose the files in places of the daemon's own are.
extension Journal {
  package func areKnown(_ files: [PlacedFile], folder: String) throws -> [Bool] {
    try read(scans) { database in
      // One transaction: taking its locks for each would cost more than the lookup.
      try database.run("BEGIN")
      defer { try? database.run("COMMIT") }
      return try files.map { file in
        switch file.origins {
        case .file(let paths):
          let identity = file.identity
          let values: [SQLValue] = [.integer(identity.size), .integer(identity.modified), .bits(identity.inode)]
          return try paths.contains { path in
            try database.integer(Self.movedFile, DeliveryPath.values(path, folder: folder) + values) != nil
          }
        case .note(let paths):
          return try paths.contains { path in
            try database.integer(Self.refusedFile, DeliveryPath.values(path, folder: folder)) != nil
          }
        }
      }
    }
  }

  /// A move keeps all of this; an inode of 0 says nothing.
  static let movedFile = """
    SELECT 1 FROM delivery d WHERE \(DeliveryPath.condition) AND d.size = ?5 AND d.modified = ?6 \
    AND (d.inode = ?7 OR ?7 = 0 OR d.inode = 0) LIMIT 1
    """

  static let refusedFile = """
    SELECT 1 FROM delivery d WHERE \(DeliveryPath.condition) AND (d.state = 5 OR d.verdict = 'rejected') LIMIT 1
    """

  package func knownSince() throws -> Timestamp {
    try read(scans) { database in
      DeliveryRow.time(try database.integer("SELECT max(created, coalesce(history_since, 0)) FROM journal") ?? 0)
    }
  }
}
