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

  static let lostUpload = ["NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall"]

  static let otherBytes = ["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"]

  static let accessDenied = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]

  static let unknownKey = ["InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"]

  static let wrongRegion = [
    "PermanentRedirect", "TemporaryRedirect", "Redirect", "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
  ]

  static let configuration =
    accessDenied + unknownKey + probableSkew + wrongRegion + [
      "AllAccessDisabled", "AccountProblem", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
      "IncompleteSignature", "IncompleteSignatureException", "InvalidSecurity", "InvalidPayer", "NotSignedUp",
      "OptInRequired", "RegionDisabledException", "NoSuchBucket", "InvalidBucketName", "InvalidBucketState",
      "ResourceNotFoundException", "InvalidStorageClass", "InvalidTag", "InvalidEncryptionAlgorithmError",
      "ServerSideEncryptionConfigurationNotFoundError", "MethodNotAllowed", "NotImplemented", "InvalidRequest",
      "InvalidAction", "UnknownOperationException", "MalformedPolicyDocument", "PackedPolicyTooLarge",
      "ValidationError", "InvalidIdentityToken", "IDPRejectedClaim", "ItemCollectionSizeLimitExceededException",
    ]

  static let item = [
    "KeyTooLongError", "EntityTooLarge", "MaxMessageLengthExceeded", "MetadataTooLarge", "InvalidURI",
    "MalformedXML", "RequestHeaderSectionTooLarge", "SerializationException", "PreconditionFailed",
    "ConditionalCheckFailedException",
  ]

  private static let classes: [String: FailureClass] = {
    let groups: [(FailureClass, [String])] = [
      (.throttle, throttling), (.retry, transient), (.skew, definiteSkew), (.refresh, expired),
      (.restartUpload, lostUpload), (.rehash, otherBytes), (.blocked, configuration), (.item, item),
    ]
    let pairs = groups.flatMap { group in group.1.map { ($0, group.0) } }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }()

  /// The class of an answer whose code says nothing, by its status.
  static func failureClass(ofStatus status: Int) -> FailureClass {
    switch status {
    case 412, 413, 414, 431: .item
    case 429, 509: .throttle
    case 200..<300, 408, 409, 417, 500...: .retry
    default: .blocked
    }
  }
}
