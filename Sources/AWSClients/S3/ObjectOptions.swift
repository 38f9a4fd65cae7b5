import AWSSigning
import HTTPTransport

/// What the configuration says about every object.
package struct ObjectOptions: Sendable, Equatable {
  /// Such as `STANDARD_IA`; nil for the bucket's default.
  package var storageClass: String?
  /// `AES256` or `aws:kms`; nil for the bucket's default.
  package var serverSideEncryption: String?
  package var kmsKeyID: String?
  /// Every create carries `If-None-Match: *`, so that no object is ever replaced.
  package var writeOnce: Bool
  /// The account that must own the bucket, so that a bucket of the same name in other hands is refused.
  package var expectedBucketOwner: String?

  package init(
    storageClass: String? = nil, serverSideEncryption: String? = nil, kmsKeyID: String? = nil,
    writeOnce: Bool = false, expectedBucketOwner: String? = nil
  ) {
    self.storageClass = storageClass
    self.serverSideEncryption = serverSideEncryption
    self.kmsKeyID = kmsKeyID
    self.writeOnce = writeOnce
    self.expectedBucketOwner = expectedBucketOwner
  }

  /// The headers that name what an object becomes: for the request that creates it.
  var creationHeaders: [HTTPHeader] {
    let usesKMS = serverSideEncryption?.hasPrefix("aws:kms") == true || kmsKeyID != nil
    let encryption = serverSideEncryption ?? (kmsKeyID == nil ? nil : "aws:kms")
    return [
      ("x-amz-server-side-encryption", encryption),
      ("x-amz-server-side-encryption-aws-kms-key-id", kmsKeyID),
      // One data key for many objects: fewer calls to KMS, the same protection.
      ("x-amz-server-side-encryption-bucket-key-enabled", usesKMS ? "true" : nil),
      ("x-amz-storage-class", storageClass),
    ].compactMap { name, value in value.map { HTTPHeader(name, $0) } }
  }

  /// The headers that every request carries.
  var commonHeaders: [HTTPHeader] {
    expectedBucketOwner.map { [HTTPHeader("x-amz-expected-bucket-owner", $0)] } ?? []
  }
}

/// The tags of an object, encoded once for all files of a folder.
package struct ObjectTags: Sendable, Equatable {
  /// `key=value&key=value`; empty for no tags.
  let query: String

  package static let none = ObjectTags([])

  package init(_ tags: [(key: String, value: String)]) {
    query = tags.map { PercentEncoding.component($0.key) + "=" + PercentEncoding.component($0.value) }
      .joined(separator: "&")
  }
}
