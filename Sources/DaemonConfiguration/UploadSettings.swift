package import DeliveryModel

/// `[upload]`.
package struct UploadSettings: Sendable, Equatable {
  /// Deliveries under way at once.
  package let concurrency: Int
  /// Bytes of a part of a multipart upload; grown for a file that would need more than 10,000 parts.
  package let partSize: Int64
  /// Files of this many bytes and more are uploaded in parts.
  package let multipartThreshold: Int64
  /// Parts of one file under way at once.
  package let partConcurrency: Int
  /// For all uploads together; nil for no limit at any time.
  package let bandwidthLimit: BandwidthLimit?
  package let storageClass: StorageClass
  /// Nil for the bucket's own default.
  package let encryption: ServerSideEncryption?
  /// Only with a KMS encryption; nil for the account's own S3 key.
  package let kmsKeyID: String?
  /// Never replace an object: every folder's key has `{id}`.
  package let writeOnce: Bool
  package let retry: RetrySchedule
  /// How long S3 may be silent once it has a whole request.
  package let answerTimeout: Duration
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

/// How S3 encrypts an object, as the request's header says it.
package enum ServerSideEncryption: String, Sendable, CaseIterable {
  case s3 = "AES256"
  case kms = "aws:kms"
  case kmsTwoLayers = "aws:kms:dsse"
}
