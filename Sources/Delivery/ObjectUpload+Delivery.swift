import AWSClients
import DeliveryModel

extension ObjectUpload {
  /// What is sent to S3 about a delivery; nil before it is hashed, and for one that was refused unread.
  init?(_ delivery: Delivery, tags: ObjectTags = .none) {
    guard let prepared = delivery.prepared, let digest = prepared.sha256 else { return nil }
    self.init(
      key: prepared.objectKey, size: delivery.file.identity.size, sha256: digest,
      deliveryID: prepared.id.text, arrival: delivery.arrival?.text ?? "", sourcePath: delivery.file.path,
      modified: delivery.file.identity.modifiedAt, host: prepared.host,
      contentType: prepared.contentType, tags: tags)
  }
}

extension ObjectUpload {
  /// What is sent to S3 about a file that is not read to its end yet.
  init(_ delivery: Delivery, _ target: UploadTarget, tags: ObjectTags) {
    self.init(
      key: target.objectKey, size: delivery.file.identity.size, sha256: nil, deliveryID: "",
      arrival: delivery.arrival?.text ?? "", sourcePath: delivery.file.path,
      modified: delivery.file.identity.modifiedAt, host: target.host,
      contentType: target.contentType, tags: tags)
  }
}

extension ObjectAcknowledgement {
  init(_ receipt: ObjectReceipt) {
    self.init(etag: receipt.etag, versionID: receipt.versionID, crc64: receipt.crc64)
  }
}
