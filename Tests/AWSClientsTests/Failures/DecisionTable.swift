import DeliveryModel
import Testing

@testable import AWSClients

/// What each code must mean, written down a second time.
enum DecisionTable {
  struct Case: Sendable, CustomTestStringConvertible {
    let code: String
    let status: Int
    let expected: FailureClass
    var operation = ServiceOperation.putObject
    var testDescription: String { "\(operation.rawValue) \(status) \(code)" }
  }

  static let all: [Case] =
    of(
      .throttle, 400,
      "Throttling ThrottlingException ThrottledException RequestThrottledException TooManyRequestsException "
        + "ProvisionedThroughputExceededException TransactionInProgressException RequestLimitExceeded "
        + "BandwidthLimitExceeded LimitExceededException RequestThrottled SlowDown PriorRequestNotComplete "
        + "EC2ThrottledException KMS.ThrottlingException")
    + of(.throttle, 503, "SlowDown")
    + of(
      .retry, 400,
      "RequestTimeout RequestTimeoutException ConditionalRequestConflict OperationAborted "
        + "ReplicatedWriteConflictException TransactionConflictException IDPCommunicationError")
    + of(.retry, 500, "InternalError InternalServerError NewCode") + of(.retry, 503, "ServiceUnavailable NewCode")
    + of(.retry, 200, "InternalError") + of(.unproven, 200, "NewCode") + of(.retry, 409, "NewCode")
    + of(.skew, 403, "RequestTimeTooSkewed RequestExpired RequestInTheFuture")
    + of(.refresh, 400, "ExpiredToken ExpiredTokenException TokenRefreshRequired InvalidToken")
    + of(.restartUpload, 400, "NoSuchUpload InvalidPart InvalidPartOrder", .uploadPart)
    + of(.restartUpload, 400, "NoSuchUpload InvalidPart InvalidPartOrder", .completeMultipartUpload)
    + of(.refused, 400, "NoSuchUpload InvalidPart InvalidPartOrder")
    + of(.restartUpload, 409, "ConditionalRequestConflict", .completeMultipartUpload)
    + of(.retry, 409, "OperationAborted NewCode", .completeMultipartUpload)
    + of(.restartUpload, 400, "InvalidRequest EntityTooSmall MalformedXML", .completeMultipartUpload)
    + of(.rehash, 400, "BadDigest InvalidDigest XAmzContentSHA256Mismatch IncompleteBody")
    + of(
      .blocked, 403,
      "AllAccessDisabled AccountProblem InvalidAccessKeyId SignatureDoesNotMatch "
        + "InvalidSignatureException AuthFailure UnrecognizedClientException InvalidClientTokenId "
        + "MissingAuthenticationToken NotSignedUp OptInRequired KMS.DisabledException KMS.NotFoundException")
    + of(.blocked, 404, "NoSuchBucket ResourceNotFoundException")
    + of(.refused, 403, "AccessDenied AccessDeniedException NewCode") + of(.refused, 404, "NewCode")
    + of(.blocked, 301, "PermanentRedirect") + of(.blocked, 307, "TemporaryRedirect")
    + of(.blocked, 400, "AuthorizationHeaderMalformed IllegalLocationConstraintException")
    + of(
      .refused, 400,
      "InvalidRequest InvalidTag InvalidArgument MalformedXML RequestHeaderSectionTooLarge InvalidStorageClass "
        + "EntityTooLarge EntityTooSmall MaxMessageLengthExceeded SerializationException NewCode")
    + of(.refused, 400, "ValidationException", .putItem) + of(.blocked, 400, "ValidationError", .assumeRole)
    + of(.blocked, 403, "AccessDenied NewCode", .assumeRole)
    + of(.item, 400, "KeyTooLongError MetadataTooLarge") + of(.keyRefused, 400, "InvalidURI XMinioInvalidObjectName")
    + of(.refused, 412, "PreconditionFailed")

  private static func of(
    _ expected: FailureClass, _ status: Int, _ codes: String, _ operation: ServiceOperation = .putObject
  ) -> [Case] {
    codes.split(separator: " ").map {
      Case(code: String($0), status: status, expected: expected, operation: operation)
    }
  }
}
