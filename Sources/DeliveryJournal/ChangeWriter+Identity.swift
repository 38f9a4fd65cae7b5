import DeliveryModel

/// Which arrival a delivery is: see ``ArrivalID``.
extension ChangeWriter {
  /// Another arrival has the id it had. An object that S3 has stays under its key.
  func identify(_ number: Int64, _ id: DeliveryID, _ objectKey: String, _ change: JournalChange) throws {
    try update(
      """
      UPDATE delivery SET delivery_id = ?1, asked = 1, object_key = iif(state = 0, ?2, object_key) \
      WHERE number = ?3 AND state IN (0, 1) AND delivery_id IS NOT NULL AND arrival IS NOT NULL
      """, [.bytes(id.bytes), .text(objectKey)], number, change)
  }

  func noteAsked(_ number: Int64, _ change: JournalChange) throws {
    try update(
      "UPDATE delivery SET asked = 1 WHERE number = ? AND state = 0 AND delivery_id IS NOT NULL", [], number, change)
  }

  /// Nothing was sent: all that is known of the object is what its record says.
  func finish(
    _ number: Int64, _ prepared: PreparedDelivery, _ receipt: UploadReceipt, _ moment: Timestamp,
    _ change: JournalChange
  ) throws {
    try deleteParts(number)
    try deleteDigests(number)
    try update(
      """
      UPDATE delivery SET state = 2, sha256 = ?, delivery_id = ?, bucket = ?, object_key = ?, etag = ?, version_id = ?, uploaded = ?, \
      logged = ?, ended = ?, already_recorded = 1, upload_id = NULL, part_size = NULL, last_code = NULL, last_error = NULL \
      WHERE number = ? AND state = 0 AND delivery_id IS NOT NULL
      """,
      [
        prepared.sha256.map(SQLValue.digest) ?? .null, .bytes(prepared.id.bytes), .text(prepared.bucket),
        .text(prepared.objectKey), .text(receipt.etag), .text(receipt.versionID), .time(receipt.uploaded),
        .time(moment), .time(moment),
      ], number, change)
    try tidy(after: number)
  }
}
