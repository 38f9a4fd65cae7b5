package import DeliveryModel

/// `[upload]`.
package struct UploadSettings: Sendable, Equatable {
  /// The most requests that each service has under way at once.
  package let concurrency: Int
  /// Bytes of a part of a multipart upload; grown for a file that would need more than 10,000 parts.
  package let partSize: Int64
  /// Files of this many bytes and more are uploaded in parts.
  package let multipartThreshold: Int64
  /// Parts of one file under way at once.
  package let partConcurrency: Int
  /// For all uploads together; nil for no limit at any time.
  package let bandwidthLimit: BandwidthLimit?
  /// Nil to leave it to the service, which means `STANDARD` at S3.
  package let storageClass: StorageClass?
  /// Nil for the bucket's own default.
  package let encryption: ServerSideEncryption?
  /// Only with a KMS encryption; nil for the account's own S3 key.
  package let kmsKeyID: String?
  /// Whether one data key serves many objects; of `aws:kms` alone.
  package let usesBucketKey: Bool
  /// Who may do what with an object beside its bucket's policy; nil for none.
  package let acl: CannedACL?
  /// Never replace an object: every folder's key has `{id}`.
  package let writeOnce: Bool
  package let retry: RetrySchedule
  /// How long S3 may be silent once it has a whole request.
  package let answerTimeout: Duration
  /// What uploads in parts are verified by.
  package let checksum: UploadChecksum
}

/// What an upload in parts is verified by.
package enum UploadChecksum: String, Sendable, CaseIterable {
  /// CRC-64/NVME at AWS and at a server that showed that it keeps it, else SHA-256.
  case auto
  case crc64nvme
  case sha256
}

/// The storage classes an object can be created in.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#AmazonS3-PutObject-request-header-StorageClass
package enum StorageClass: String, Sendable, CaseIterable {
  case standard = "STANDARD"
  case standardInfrequentAccess = "STANDARD_IA"
  case oneZoneInfrequentAccess = "ONEZONE_IA"
  case intelligentTiering = "INTELLIGENT_TIERING"
  case glacierInstantRetrieval = "GLACIER_IR"
  case glacier = "GLACIER"
  case deepArchive = "DEEP_ARCHIVE"
  case reducedRedundancy = "REDUCED_REDUNDANCY"
}

/// The lists of rights that S3 has names for. They need buckets that have not switched ACLs off; with those that have, S3
/// takes `bucket-owner-full-control` alone.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
package enum CannedACL: String, Sendable, CaseIterable {
  case ownerFullControl = "bucket-owner-full-control"
  case ownerRead = "bucket-owner-read"
  case `private`
  case authenticatedRead = "authenticated-read"
  case execRead = "aws-exec-read"
  case publicRead = "public-read"
  case publicReadWrite = "public-read-write"

  /// Whether people outside the account may read the objects.
  var isOpen: Bool { [.authenticatedRead, .publicRead, .publicReadWrite].contains(self) }
}

/// How S3 encrypts an object, as the request's header says it.
package enum ServerSideEncryption: String, Sendable, CaseIterable {
  case s3 = "AES256"
  case kms = "aws:kms"
  case kmsTwoLayers = "aws:kms:dsse"
}
