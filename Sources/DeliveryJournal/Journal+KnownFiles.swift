package import DeliveryModel
import GRDB

/// A withdrawn delivery tells a scan nothing: its file was gone, or is known by the delivery that has its content.
extension Journal: KnownFiles {
  /// One range of the index; the last row of a name is its newest delivery.
  package func known(in directory: RelativePath, folder: String) throws -> [[UInt8]: KnownFile] {
    try scans.unsafeRead { database in
      var known: [[UInt8]: KnownFile] = [:]
      try database.rows(
        Self.knownInDirectory, [.text(folder), .bytes(directory.bytes)]
      ) { row in
        known[row.bytes(7)] = Self.knownFile(row)
        return true
      }
      return known
    }
  }

  /// One lookup in the index for each name.
  package func known(
    _ names: [[UInt8]], in directory: RelativePath, folder: String
  ) throws -> [[UInt8]: KnownFile] {
    try scans.unsafeRead { database in
      var known: [[UInt8]: KnownFile] = [:]
      // One transaction: taking its locks for each name would cost more than the lookup.
      try database.run("BEGIN")
      defer { try? database.run("COMMIT") }
      for name in names {
        known[name] = try database.first(
          Self.knownByName, [.text(folder), .bytes(directory.bytes), .bytes(name)], Self.knownFile)
      }
      return known
    }
  }

  static let knownInDirectory = """
    SELECT state, device, inode, size, modified, changed, generation, name FROM delivery \
    WHERE folder = ? AND directory = ? AND state <> 4 ORDER BY name, number
    """

  static let knownByName = """
    SELECT state, device, inode, size, modified, changed, generation FROM delivery \
    WHERE folder = ? AND directory = ? AND name = ? AND state <> 4 ORDER BY number DESC LIMIT 1
    """

  private static func knownFile(_ row: SQLRow) -> KnownFile? {
    StateCode.state(row.integer(0)).map { KnownFile(identity: DeliveryRow.identity(row, from: 1), state: $0) }
  }
}
