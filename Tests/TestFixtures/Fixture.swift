package import AWSClients
package import DeliveryModel

/// Values that tests are made of; what a test is about is passed in.
package enum Fixture {
  package static let wall = Timestamp(milliseconds: 1_764_000_000_000)
  package static let start = ContinuousClock().now

  package static func digest(_ value: UInt64) -> SHA256Digest { SHA256Digest(words: (value, 1, 2, 3)) }

  package static func path(_ text: String) -> RelativePath { RelativePath(unchecked: Array(text.utf8)) }

  package static func file(_ name: String = "a.pdf", folder: String = "inbox", size: Int64 = 10, inode: UInt64 = 7)
    -> SettledFile
  {
    SettledFile(
      folder: folder, path: path(name),
      identity: FileIdentity(device: 1, inode: inode, size: size, modified: 5, changed: 6), owner: 1000,
      received: wall, settled: wall, evidence: .lease, discovery: .event)
  }

  package static func prepared(_ content: UInt64 = 1, key: String = "inbox/a.pdf") -> PreparedDelivery {
    PreparedDelivery(
      sha256: digest(content), id: DeliveryID(digest: digest(content &+ 100)), bucket: "files", objectKey: key,
      contentType: "application/pdf", owner: "mara", host: "server")
  }

  /// The record of ``uploaded(_:name:)``, as the table shows it.
  package static func storedRecord(_ more: [String: StoredRecord.Value] = [:]) -> StoredRecord {
    let attributes: [String: StoredRecord.Value] = [
      "sha256": .text(prepared().sha256?.hex ?? ""), "size": .number("10"), "etag": .text("e"),
      "folder": .text("inbox"), "source_path": .text("a.pdf"), "uploaded_at": .text(wall.iso8601),
    ]
    return StoredRecord(attributes: attributes.merging(more) { $1 })
  }

  package static func delivery(_ number: Int64 = 1, name: String = "a.pdf", size: Int64 = 10) -> Delivery {
    Delivery(number: number, file: file(name, size: size), nextAttempt: wall)
  }

  /// A delivery whose object is acknowledged and whose record is not.
  package static func uploaded(_ number: Int64 = 1, name: String = "a.pdf") -> Delivery {
    var delivery = delivery(number, name: name)
    delivery.prepared = prepared()
    delivery.state = .uploaded
    delivery.receipt = receipt
    delivery.attempts = 1
    return delivery
  }

  package static let receipt = UploadReceipt(etag: "\"e\"", versionID: "v1", uploaded: wall)

  package static func failure(
    _ failureClass: FailureClass, _ lane: ServiceLane = .s3, code: String = "Code", message: String = "it failed",
    status: Int = 0, retryAfter: Duration? = nil, clockOffset: Duration? = nil
  ) -> ServiceFailure {
    ServiceFailure(
      lane: lane, failureClass: failureClass, code: code, message: message, status: status, retryAfter: retryAfter,
      clockOffset: clockOffset)
  }
}
