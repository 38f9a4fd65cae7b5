import DeliveryModel

/// What each code of a service means for a delivery and its lane.
///
/// The throttling codes are those that the AWS SDKs agree on; the rest follows the services' own error lists:
/// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html,
/// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
enum FailureTable {
  /// The class of a code that means the same whatever was asked; nil for an unknown one.
  static func failureClass(of code: String) -> FailureClass? {
    if let known = classes[code] { return known }
    guard code.hasPrefix("KMS.") else { return nil }
    return code.contains("Throttl") || code.contains("LimitExceeded") ? .throttle : .blocked
  }

  static let throttling = [
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
    "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
    "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown",
    "PriorRequestNotComplete", "EC2ThrottledException",
  ]

  static let transient = [
    "RequestTimeout", "RequestTimeoutException", "InternalError", "InternalErrors", "InternalFailure",
    "InternalServerError", "InternalServerException", "ServiceUnavailable", "ServiceUnavailableException",
    "ConditionalRequestConflict", "OperationAborted", "ReplicatedWriteConflictException",
    "TransactionConflictException", "IDPCommunicationError", "KMS.DependencyTimeoutException",
    "KMS.InternalException",
  ]

  /// Our clock is off, the service says.
  static let definiteSkew = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"]

  /// What a wrong clock looks like, and a wrong secret too.
  static let probableSkew = ["InvalidSignatureException", "AuthFailure", "SignatureDoesNotMatch"]

  static let expired = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"]

  static let lostUpload = ["NoSuchUpload", "InvalidPart", "InvalidPartOrder"]

  static let otherBytes = ["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"]

  static let accessDenied = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]

  static let unknownKey = ["InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"]

  static let wrongRegion = [
    "PermanentRedirect", "TemporaryRedirect", "Redirect", "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
  ]

  /// The same for every request to this service: account, keys, bucket, table, region.
  static let account =
    unknownKey + probableSkew + wrongRegion + [
      "AllAccessDisabled", "AccountProblem", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
      "IncompleteSignature", "IncompleteSignatureException", "InvalidSecurity", "InvalidPayer", "NotSignedUp",
      "OptInRequired", "RegionDisabledException", "NoSuchBucket", "InvalidBucketName", "InvalidBucketState",
      "ResourceNotFoundException", "InvalidAction", "UnknownOperationException", "MalformedPolicyDocument",
      "PackedPolicyTooLarge", "ValidationError", "InvalidIdentityToken", "IDPRejectedClaim",
      "ItemCollectionSizeLimitExceededException",
    ]

  /// Of one key, prefix, tag or header as well as of all: a policy may name a prefix, a server may not know a header.
  static let refused =
    accessDenied + [
      "InvalidStorageClass", "InvalidTag", "InvalidEncryptionAlgorithmError", "InvalidArgument", "InvalidRequest",
      "ServerSideEncryptionConfigurationNotFoundError", "MethodNotAllowed", "NotImplemented", "MalformedXML",
      "EntityTooSmall", "MaxMessageLengthExceeded", "RequestHeaderSectionTooLarge", "SerializationException",
      "PreconditionFailed", "ConditionalCheckFailedException",
    ]

  /// What S3, and the servers that speak like it, say of a key that they cannot store.
  static let key = ["InvalidURI", "InvalidObjectName", "XMinioInvalidObjectName", "XMinioInvalidResourceName"]

  static let item = ["KeyTooLongError", "MetadataTooLarge"]

  private static let classes: [String: FailureClass] = {
    let groups: [(FailureClass, [String])] = [
      (.throttle, throttling), (.retry, transient), (.skew, definiteSkew), (.refresh, expired),
      (.restartUpload, lostUpload), (.rehash, otherBytes), (.blocked, account), (.refused, refused),
      (.keyRefused, key), (.item, item),
    ]
    let pairs = groups.flatMap { group in group.1.map { ($0, group.0) } }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }()

  /// The class of an answer whose code says nothing, by its status.
  static func failureClass(ofStatus status: Int) -> FailureClass {
    switch status {
    case 429, 509: .throttle
    case 200..<300: .unproven
    case 408, 409, 417, 500...: .retry
    // A proxy that wants a password refuses everything.
    case 407: .blocked
    default: .refused
    }
  }
}
