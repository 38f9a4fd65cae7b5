package import DeliveryModel

/// One object to create: everything its requests say.
package struct ObjectUpload: Sendable, Equatable {
  package var key: String
  /// Bytes.
  package var size: Int64
  /// Of the whole content; nil for an upload in parts that begins before it is known.
  package var sha256: SHA256Digest?
  /// Empty likewise.
  package var deliveryID: String
  /// Empty for one whose id a version before fixed.
  package var arrival: String
  /// Relative to the folder.
  package var sourcePath: RelativePath
  /// The file's mtime.
  package var modified: Timestamp
  package var host: String
  package var contentType: String
  package var tags: ObjectTags

  package init(
    key: String, size: Int64, sha256: SHA256Digest?, deliveryID: String, arrival: String = "",
    sourcePath: RelativePath, modified: Timestamp, host: String, contentType: String, tags: ObjectTags = .none
  ) {
    self.key = key
    self.size = size
    self.sha256 = sha256
    self.deliveryID = deliveryID
    self.arrival = arrival
    self.sourcePath = sourcePath
    self.modified = modified
    self.host = host
    self.contentType = contentType
    self.tags = tags
  }

  /// Of what is sent in one request, which is known before.
  var digest: SHA256Digest {
    guard let sha256 else { preconditionFailure("an object is sent in one request before its content is known") }
    return sha256
  }
}

/// S3's acknowledgement of an object.
package struct ObjectReceipt: Sendable, Equatable {
  /// Without quotes; empty where the object was already there.
  package var etag: String
  /// Nil where the bucket is not versioned or the object was already there.
  package var versionID: String?
  /// An earlier attempt of the same delivery had created the object; its answer was lost.
  package var alreadyThere: Bool
  /// Of the whole object, where S3 said that it keeps it.
  package var crc64: CRC64Checksum?

  package init(
    etag: String, versionID: String? = nil, alreadyThere: Bool = false, crc64: CRC64Checksum? = nil
  ) {
    self.etag = etag
    self.versionID = versionID
    self.alreadyThere = alreadyThere
    self.crc64 = crc64
  }
}
