package import DeliveryModel
package import HTTPTransport

/// Tells what a failed request means: try again, pause the lane, or park the file.
///
/// Every fault of the account, the network or the service keeps the file; only a fault that follows the file itself, in
/// words that are certainly the service's, is `.item`. Where an answer leaves it open, the file stays in the queue.
package enum FailureClassifier {
  /// Beyond this difference a signature error is taken for a clock error (the services allow 5 or 15 minutes).
  static let skewThreshold = Duration.seconds(300)
  /// A smaller difference is not worth a correction.
  static let smallestCorrection = Duration.seconds(60)

  /// Classifies a request that got no answer.
  package static func classify(_ call: ServiceCall, error: TransportError) -> ServiceFailure {
    let failureClass: FailureClass =
      switch error.kind {
      case .tls: .blocked
      case .shortBody: .rehash
      case .unreadableBody, .bodyStalled: .unreadable
      default: .retry
      }
    return ServiceFailure(
      lane: call.operation.lane, failureClass: failureClass, code: code(of: error),
      message: FailureMessage.transport(call, error))
  }

  /// A disk's fault has a code of its own, the same whether it shows in hashing or in sending.
  private static func code(of error: TransportError) -> String {
    switch error.kind {
    case .unreadableBody: "read-error"
    case .bodyStalled: "body-stalled"
    default: "transport-" + error.kind.rawValue
    }
  }

  /// Classifies an answer that is not success.
  ///
  /// `signedAt` is the moment the request was signed with, `now` the same clock when the answer came. The server's `Date`
  /// lies between both where the clock is right, however long the body took.
  package static func classify(
    _ call: ServiceCall, response: HTTPResponse, signedAt: Timestamp, now: Timestamp
  ) -> ServiceFailure {
    let body = ServiceErrorBody(of: response)
    let offset = clockOffset(response, body, signedAt: signedAt, now: now)
    let failureClass = failureClass(call, response.status, body, offset)
    let text = FailureMessage.answer(call, response.status, body, failureClass, offset)
    var failure = ServiceFailure(
      lane: call.operation.lane, failureClass: failureClass, code: body.code ?? "http-\(response.status)",
      message: text.message,
      missingAction: FailureMessage.missingAction(call, body), status: response.status, ids: body.ids,
      retryAfter: RetryAfter.duration(response, now: now), clockOffset: failureClass == .skew ? offset : nil)
    failure.sentence = text.sentence
    failure.followsUnanswered = response.wasSentAgain
    return failure
  }

  private static func failureClass(
    _ call: ServiceCall, _ status: Int, _ body: ServiceErrorBody, _ offset: Duration?
  ) -> FailureClass {
    let found = tableClass(call, status, body, offset)
    switch found {
    case .item where !body.isOfService, .keyRefused where !body.isOfService: return .refused
    // STS is asked for everybody, never for one file.
    case .refused where call.operation.lane == .sts, .item where call.operation.lane == .sts: return .blocked
    default: return found
    }
  }

  private static func tableClass(
    _ call: ServiceCall, _ status: Int, _ body: ServiceErrorBody, _ offset: Duration?
  ) -> FailureClass {
    guard let code = body.code else { return FailureTable.failureClass(ofStatus: status) }
    if FailureTable.probableSkew.contains(code), let offset, abs(offset) > skewThreshold { return .skew }
    if let special = dependingOnDetail(code, call, body) { return special }
    return FailureTable.failureClass(of: code) ?? FailureTable.failureClass(ofStatus: status)
  }

  /// The class of a code that does not mean the same in every answer.
  private static func dependingOnDetail(
    _ code: String, _ call: ServiceCall, _ body: ServiceErrorBody
  ) -> FailureClass? {
    switch code {
    case "ValidationException":
      // DynamoDB: "Item size has exceeded the maximum allowed size", "Size of hashkey has exceeded …"; what else it finds
      // invalid (key schema, table name) may be invalid in every item, or in this one.
      let isOfItem = ["Item size", "Size of"].contains { body.message?.utf8.starts(with: $0.utf8) == true }
      return isOfItem && body.message?.contains("exceeded") == true ? .item : .refused
    case "NoSuchUpload", "InvalidPart", "InvalidPartOrder":
      // Of a request that is about no upload it makes no sense.
      return [.uploadPart, .completeMultipartUpload, .abortMultipartUpload].contains(call.operation) ? nil : .refused
    case "EntityTooLarge":
      // A gateway has this code too, for a limit of its own.
      guard let limit = body.sizeLimit, let size = call.size else { return .refused }
      return size > limit ? .item : .refused
    case "InvalidRequest", "EntityTooSmall", "MalformedXML", "ConditionalRequestConflict":
      // What S3 has does not add up to what was listed, or somebody else wrote meanwhile: the parts have to go anew.
      // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
      return call.operation == .completeMultipartUpload ? .restartUpload : nil
    default: return nil
    }
  }

  /// Server time minus ours; nil where the server gives none or the difference is too small to correct.
  private static func clockOffset(
    _ response: HTTPResponse, _ body: ServiceErrorBody, signedAt: Timestamp, now: Timestamp
  ) -> Duration? {
    let date = ServiceDate.http(response.header("date")) ?? ServiceDate.iso8601(body.serverTime)
    guard let date else { return nil }
    let offset = date > now ? date - now : date < signedAt ? date - signedAt : .zero
    return abs(offset) < smallestCorrection ? nil : offset
  }

  static func abs(_ duration: Duration) -> Duration { duration < .zero ? .zero - duration : duration }
}
