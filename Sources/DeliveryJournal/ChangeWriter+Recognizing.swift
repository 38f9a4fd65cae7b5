import DeliveryModel

extension ChangeWriter {
  /// Gives the delivery the present state of its file, who may know of it included, if it still is what the file was compared with.
  ///
  /// - Returns: whether it is.
  func recognize(_ file: SettledFile, as recognition: Recognition) throws -> Bool {
    let now = file.identity
    let (condition, proof): (String, [SQLValue]) =
      switch recognition.proof {
      case .attributes(let former):
        (
          "modified = ?8 AND changed = ?9 AND (state <> 4 OR last_code IS 'dismissed')",
          [.integer(former.modified), .integer(former.changed)]
        )
      case .content(let digest): ("sha256 = ?8 AND (state <> 4 OR last_code IS 'dismissed')", [.digest(digest)])
      case .unread: ("sha256 IS NULL AND (state = 0 OR state = 4 AND last_code IS 'dismissed')", [])
      }
    try database.run(
      """
      UPDATE delivery SET device = ?1, inode = ?2, modified = ?3, changed = ?4, generation = ?5, \
      audience = ifnull(?\(8 + proof.count), audience), root = ifnull(?\(9 + proof.count), root) \
      WHERE number = ?7 AND size = ?6 AND \(condition)
      """,
      [
        .bits(now.device), .bits(now.inode), .integer(now.modified), .integer(now.changed), .bits(now.generation),
        .integer(now.size), .integer(recognition.number),
      ] + proof + [
        file.audience.map { .integer($0.rawValue) } ?? .null,
        try file.root.map { .integer(try roots.number(of: $0, folder: file.folder)) } ?? .null,
      ])
    return database.changesCount == 1
  }
}
