package import DeliveryModel

/// The record of one delivered version: what an auditor finds years later.
///
/// A pure function of the delivery, so that a repeated attempt writes the same item.
package struct DeliveryRecord: Sendable, Equatable {
  package var objectKey: String
  package var deliveryID: String
  /// Which arrival it is of, see ``ArrivalID``; nil for one whose id a version before fixed.
  package var arrival: String?
  package var bucket: String
  package var versionID: String?
  /// Empty where S3 did not tell it.
  package var etag: String
  /// Bytes.
  package var size: Int64
  /// Nil for a refused file that was not read.
  package var sha256: SHA256Digest?
  /// Of the whole content, where S3 said that it keeps it.
  package var crc64: CRC64Checksum?
  package var contentType: String
  package var received: Timestamp
  package var settled: Timestamp
  package var uploaded: Timestamp
  /// The file's mtime.
  package var modified: Timestamp
  package var folder: String
  /// Relative to the folder.
  package var sourcePath: RelativePath
  package var host: String
  /// The name of the file's owner, or the number where the system knows none.
  package var owner: String
  /// The number of the file's owner on the server: names are given anew, and differ between servers.
  package var ownerUID: UInt32
  /// Who saved it last; nil where that is not asked for, or not known.
  package var saver: FileSaver?
  package var attempts: Int
  /// `s3loggerd/1.0.0`.
  package var agent: String
  /// `flagged` or `rejected`; nil for a file about which there is nothing to say.
  package var status: String?
  /// In plain English, where there is a status.
  package var reason: String?

  package init(
    objectKey: String, deliveryID: String, bucket: String, versionID: String?, etag: String, size: Int64,
    sha256: SHA256Digest?, contentType: String, received: Timestamp, settled: Timestamp, uploaded: Timestamp,
    modified: Timestamp, folder: String, sourcePath: RelativePath, host: String, owner: String, ownerUID: UInt32,
    attempts: Int, agent: String, status: String? = nil, reason: String? = nil
  ) {
    self.objectKey = objectKey
    self.deliveryID = deliveryID
    self.bucket = bucket
    self.versionID = versionID
    self.etag = etag
    self.size = size
    self.sha256 = sha256
    self.contentType = contentType
    self.received = received
    self.settled = settled
    self.uploaded = uploaded
    self.modified = modified
    self.folder = folder
    self.sourcePath = sourcePath
    self.host = host
    self.owner = owner
    self.ownerUID = ownerUID
    self.attempts = attempts
    self.agent = agent
    self.status = status
    self.reason = reason
  }

  /// The record of a delivery that S3 acknowledged; nil where it is not hashed or not acknowledged.
  package init?(of delivery: Delivery, agent: String) {
    guard let prepared = delivery.prepared else { return nil }
    if let verdict = delivery.verdict, verdict.isRejected {
      self.init(ofRejected: delivery, prepared, verdict, agent: agent)
      return
    }
    guard let receipt = delivery.receipt else { return nil }
    let file = delivery.file
    self.init(
      objectKey: prepared.objectKey, deliveryID: prepared.id.text, bucket: prepared.bucket,
      versionID: receipt.versionID, etag: receipt.etag, size: file.identity.size, sha256: prepared.sha256,
      contentType: prepared.contentType, received: file.received, settled: file.settled, uploaded: receipt.uploaded,
      modified: file.identity.modifiedAt, folder: file.folder, sourcePath: file.path,
      host: prepared.host, owner: prepared.owner, ownerUID: file.owner, attempts: delivery.attempts, agent: agent,
      status: delivery.verdict?.decision.rawValue, reason: delivery.verdict?.reason)
    saver = prepared.saver
    arrival = delivery.arrival?.text
    crc64 = receipt.crc64
  }

  /// A refused file has no object. Its record stands beside those of objects, never in the place of one: should the same
  /// file be accepted later, that is a record of its own. `uploaded_at`, by which the indexes sort, is when it came to
  /// rest.
  private init(ofRejected delivery: Delivery, _ prepared: PreparedDelivery, _ verdict: Verdict, agent: String) {
    let file = delivery.file
    self.init(
      objectKey: StoredRecord.refusedPrefix + prepared.objectKey, deliveryID: prepared.id.text, bucket: "",
      versionID: nil, etag: "", size: file.identity.size, sha256: prepared.sha256, contentType: prepared.contentType,
      received: file.received,
      settled: file.settled, uploaded: file.settled, modified: file.identity.modifiedAt,
      folder: file.folder, sourcePath: file.path, host: prepared.host, owner: prepared.owner, ownerUID: file.owner,
      attempts: delivery.attempts, agent: agent, status: verdict.decision.rawValue, reason: verdict.reason)
    saver = prepared.saver
    arrival = delivery.arrival?.text
  }
}
