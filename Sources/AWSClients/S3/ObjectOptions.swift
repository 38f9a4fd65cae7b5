import AWSSigning
import HTTPTransport

/// What the configuration says about every object.
package struct ObjectOptions: Sendable, Equatable {
  /// Such as `STANDARD_IA`; nil to leave it to the service.
  package var storageClass: String?
  /// `AES256`, `aws:kms` or `aws:kms:dsse`; nil for the bucket's default.
  package var serverSideEncryption: String?
  package var kmsKeyID: String?
  /// Whether one data key serves many objects, which spares calls to KMS. Only `aws:kms` knows it.
  package var usesBucketKey: Bool
  /// A canned ACL, such as `bucket-owner-full-control`; nil for none.
  package var acl: String?
  /// Every create carries `If-None-Match: *`, so that no object is ever replaced.
  package var writeOnce: Bool
  /// The account that must own the bucket, so that a bucket of the same name in other hands is refused.
  package var expectedBucketOwner: String?
  /// Whether we pay for our requests where the bucket's owner demands it.
  package var requesterPays: Bool

  package init(
    storageClass: String? = nil, serverSideEncryption: String? = nil, kmsKeyID: String? = nil,
    usesBucketKey: Bool = true, acl: String? = nil, writeOnce: Bool = false, expectedBucketOwner: String? = nil,
    requesterPays: Bool = false
  ) {
    self.storageClass = storageClass
    self.serverSideEncryption = serverSideEncryption
    self.kmsKeyID = kmsKeyID
    self.usesBucketKey = usesBucketKey
    self.acl = acl
    self.writeOnce = writeOnce
    self.expectedBucketOwner = expectedBucketOwner
    self.requesterPays = requesterPays
  }

  /// The headers that name what an object becomes: for the request that creates it.
  var creationHeaders: [HTTPHeader] {
    let encryption = serverSideEncryption ?? (kmsKeyID == nil ? nil : "aws:kms")
    return [
      ("x-amz-acl", acl),
      ("x-amz-server-side-encryption", encryption),
      ("x-amz-server-side-encryption-aws-kms-key-id", kmsKeyID),
      // Said either way, so that it does not depend on the bucket. Double encryption (DSSE) has no bucket keys.
      ("x-amz-server-side-encryption-bucket-key-enabled", encryption == "aws:kms" ? String(usesBucketKey) : nil),
      ("x-amz-storage-class", storageClass),
    ].compactMap { name, value in value.map { HTTPHeader(name, $0) } }
  }

  /// The headers that every request carries.
  var commonHeaders: [HTTPHeader] {
    let owner = expectedBucketOwner.map { HTTPHeader("x-amz-expected-bucket-owner", $0) }
    let payer = requesterPays ? HTTPHeader("x-amz-request-payer", "requester") : nil
    return [owner, payer].compactMap { $0 }
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
