package import DeliveryModel

/// A withdrawn delivery tells a scan nothing: its file was gone, or is known by the delivery that has its content. Nor does one
/// whose file was seen gone: what comes in its place is another arrival. One that an operator dismissed tells that the file, as
/// it is, is not wanted.
extension Journal: KnownFiles {
  /// One range of the index; the last row of a name is its newest delivery.
  package func known(in directory: RelativePath, folder: String) throws -> [[UInt8]: KnownFile] {
    try read(scans) { database in
      var known: [[UInt8]: KnownFile] = [:]
      try database.rows(
        Self.knownInDirectory,
        [
          .integer(DeliveryPath.place(directory.bytes, folder: folder)), .text(folder), .bytes(directory.bytes),
        ]
      ) { row in
        let name = row.bytes(10)
        known[name] = Self.knownFile(row, after: known[name])
        return true
      }
      return known
    }
  }

  /// One lookup in the index for each name.
  package func lookUp(_ names: [[UInt8]], in directory: RelativePath, folder: String) throws -> [KnownFile?] {
    try read(scans) { database in
      // One transaction: taking its locks for each name would cost more than the lookup.
      try database.run("BEGIN")
      defer { try? database.run("COMMIT") }
      let rows = try SQLStatement(Self.knownByName, DeliveryPath.values(in: directory, folder: folder), in: database)
      return try names.map { name in
        try rows.bind(.bytes(name), at: DeliveryPath.nameParameter)
        return try Self.newest(of: rows)
      }
    }
  }

  private static func newest(of rows: SQLStatement) throws -> KnownFile? {
    var newest: KnownFile?
    try rows.forEach { row in
      guard let older = knownFile(row) else { return true }
      newest =
        newest.map {
          KnownFile(
            identity: $0.identity, state: $0.state, before: older.identity, number: $0.number, sha256: $0.sha256,
            outlasted: $0.outlasted, isDismissed: $0.isDismissed)
        } ?? older
      return older.state == .parked
    }
    return newest
  }

  static let knownInDirectory = """
    SELECT state, device, inode, size, modified, changed, generation, number, sha256, settled, name FROM delivery \
    WHERE place = ? AND folder = ? AND directory = ? AND gone IS NULL \
    AND (state <> 4 OR last_code IS 'dismissed') ORDER BY name, number
    """

  static let knownByName = """
    SELECT d.state, d.device, d.inode, d.size, d.modified, d.changed, d.generation, d.number, d.sha256, d.settled FROM delivery d \
    WHERE \(DeliveryPath.condition) AND d.gone IS NULL \
    AND (d.state <> 4 OR d.last_code IS 'dismissed') ORDER BY d.number DESC
    """

  private static func knownFile(_ row: SQLRow, after older: KnownFile? = nil) -> KnownFile? {
    guard var state = StateCode.state(row.integer(0)) else { return older }
    // Dismissed: as done with as a file that was refused.
    let isDismissed = state == .withdrawn
    if isDismissed { state = .rejected }
    let before = older?.state == .parked ? older?.before : older?.identity
    let identity = DeliveryRow.identity(row, from: 1)
    return KnownFile(
      identity: identity, state: state, before: state == .parked ? before : nil, number: row.integer(7),
      sha256: row.digest(8),
      outlasted: KnownFile.outlasted(identity, by: Timestamp(milliseconds: row.integer(9))),
      isDismissed: isDismissed)
  }
}
