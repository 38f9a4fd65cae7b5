import DeliveryModel

/// Large files: uploads in parts, the digests of the parts, and what the server verifies them by.
extension ChangeWriter {
  func begin(
    _ number: Int64, _ uploadID: String, _ partSize: Int64, _ checksum: ChecksumAlgorithm, _ change: JournalChange
  ) throws {
    try deleteParts(number)
    try update(
      "UPDATE delivery SET upload_id = ?, part_size = ?, part_checksum = ? WHERE number = ? AND state = 0",
      [.text(uploadID), .integer(partSize), checksum == .sha256 ? .null : .text(checksum.rawValue)], number, change)
  }

  /// Of an upload that was begun before its content is known.
  func save(_ target: UploadTarget, _ number: Int64, _ change: JournalChange) throws {
    try update(
      """
      UPDATE delivery SET bucket = ?, object_key = ?, content_type = ?, owner_name = ?, host = ? \
      WHERE delivery_id IS NULL AND number = ?
      """,
      [
        .text(target.bucket), .text(target.objectKey), .text(target.contentType), .text(target.owner),
        .text(target.host),
      ], number, change)
  }

  func beginCompletion(_ number: Int64, _ until: Timestamp, _ change: JournalChange) throws {
    try update(
      """
      UPDATE delivery SET next_attempt = ?, last_code = 'completing', last_error = ? \
      WHERE number = ? AND state = 0 AND upload_id IS NOT NULL
      """,
      [
        .time(until),
        .text(
          "S3 is asked to join the parts and may be doing so; without an answer it is asked again when it must have "
            + "ended, or at once after queue retry"),
      ], number, change)
  }

  func takeBackCompletion(_ number: Int64, _ change: JournalChange) throws {
    try update(
      """
      UPDATE delivery SET next_attempt = 0, last_code = NULL, last_error = NULL \
      WHERE number = ? AND state = 0 AND upload_id IS NOT NULL
      """, [], number, change)
  }

  func forgetMultipart(_ number: Int64, _ change: JournalChange) throws {
    try deleteParts(number)
    try update(
      "UPDATE delivery SET upload_id = NULL, part_size = NULL WHERE number = ? AND state = 0", [], number, change)
  }

  mutating func savePart(
    _ number: Int64, _ part: Int, _ acknowledged: UploadedPart, _ change: JournalChange
  ) throws {
    hasParts = true
    try database.run(
      """
      INSERT OR REPLACE INTO part (delivery, part, etag, checksum) SELECT number, ?, ?, ? FROM delivery \
      WHERE number = ? AND state = 0 AND upload_id IS NOT NULL
      """, [.integer(Int64(part)), .text(acknowledged.etag), .bytes(acknowledged.checksum.bytes), .integer(number)])
    try expectOneRow(number, change)
    try database.run("UPDATE delivery SET failures = 0 WHERE number = ? AND failures > 0", [.integer(number)])
  }

  mutating func save(_ digests: PartDigests, _ number: Int64, _ change: JournalChange) throws {
    hasDigests = true
    try database.run(
      """
      INSERT OR REPLACE INTO content_digest (delivery, whole, part_size, parts, md5, crc64) SELECT number, ?, ?, ?, ?, ? FROM delivery \
      WHERE number = ? AND state = 0
      """,
      [
        .digest(digests.whole), .integer(digests.partSize), .bytes(digests.packedParts), .bytes(digests.packedMD5),
        .bytes(digests.packedCRC64), .integer(number),
      ])
    try expectOneRow(number, change)
  }

  /// Of the one place that there is at a time: another endpoint or bucket is found out about anew.
  func save(_ finding: ChecksumFinding) throws {
    try database.run("DELETE FROM checksum_finding")
    try database.run(
      "INSERT INTO checksum_finding (place, keeps_crc64, signs_bodies) VALUES (?, ?, ?)",
      [.text(finding.place), .integer(finding.keepsCRC64 ? 1 : 0), .integer(finding.signsBodies ? 1 : 0)])
  }

  /// It has no use for them any more.
  func deleteDigests(_ number: Int64) throws {
    if hasDigests { try database.run("DELETE FROM content_digest WHERE delivery = ?", [.integer(number)]) }
  }

  func deleteParts(_ number: Int64) throws {
    if hasParts { try database.run("DELETE FROM part WHERE delivery = ?", [.integer(number)]) }
  }
}
