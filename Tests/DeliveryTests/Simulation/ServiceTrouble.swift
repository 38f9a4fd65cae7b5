import AWSClients
import DeliveryModel
import HTTPTransport
import TestFixtures

@testable import Delivery

/// What a simulated service answers in place of success. What it means is the product's own judgement of the real answer,
/// so that a wrong judgement is a wrong history.
enum ServiceTrouble: String, CaseIterable {
  case noConnection = "no connection"
  case answerLost = "answers lost"
  case internalError = "internal error"
  case slowDown = "throttled"
  case accessDenied = "access denied"
  case expiredToken = "expired credentials"
  case skewed = "wrong clock"
  case invalidItem = "fault of one file"
  case otherBytes = "other bytes"
  case fileUnreadable = "unreadable while sent"
  case noSuchUpload = "upload forgotten"
  case errorInSuccess = "success with an error in it"
  case halfAnswer = "half an answer"
  case preconditionFailed = "412"
  case unknownHeader = "checksum refused"
  case noEcho = "checksum not repeated"
  case conditionFailed = "condition failed"
  case conditionFailedUnshown = "condition failed, nothing shown"

  /// What the product makes of it.
  func judged(_ action: DeliveryAction, mayBeThere: Bool) -> RequestBuilder.Judged {
    guard let operation = Self.operation(of: action) else { return .aborted }
    let key = Key(operation: operation, trouble: self, mayBeThere: mayBeThere)
    let judged = Self.table[key] ?? .aborted
    if case .part(_, let result) = judged, case .uploadPart(_, let part) = action { return .part(part, result) }
    return judged
  }

  // MARK: Judging

  private struct Key: Hashable {
    var operation: ServiceOperation
    var trouble: ServiceTrouble
    var mayBeThere: Bool
  }

  private static let operations: [ServiceOperation] = [
    .putObject, .createMultipartUpload, .uploadPart, .completeMultipartUpload, .putItem, .query,
  ]

  private static func operation(of action: DeliveryAction) -> ServiceOperation? {
    switch action {
    case .putObject: .putObject
    case .createMultipart: .createMultipartUpload
    case .uploadPart: .uploadPart
    case .completeMultipart: .completeMultipartUpload
    case .putRecord: .putItem
    // A PutItem too; here by another name, as its answers mean something else.
    case .askForRecord: .query
    default: nil
    }
  }

  private static let table: [Key: RequestBuilder.Judged] = {
    var table: [Key: RequestBuilder.Judged] = [:]
    for operation in operations {
      for trouble in allCases {
        for mayBeThere in [false, true] {
          let key = Key(operation: operation, trouble: trouble, mayBeThere: mayBeThere)
          table[key] = judge(operation, trouble, mayBeThere)
        }
      }
    }
    return table
  }()

  private static func judge(
    _ operation: ServiceOperation, _ trouble: ServiceTrouble, _ mayBeThere: Bool
  ) -> RequestBuilder.Judged? {
    let (now, answer) = (Fixture.wall, trouble.answer(to: operation.lane))
    var s3 = S3Client(
      endpoint: S3Endpoint(ServiceEndpoint(of: .s3, region: "r")), region: "r", bucket: "files",
      options: ObjectOptions(writeOnce: true))
    let dynamodb = DynamoDBClient(endpoint: ServiceEndpoint(of: .dynamodb, region: "r"), region: "r", table: "t")
    guard let upload = ObjectUpload(Fixture.uploaded()), let record = DeliveryRecord(of: Fixture.uploaded(), agent: "")
    else { return nil }
    let progress = MultipartProgress(uploadID: "u", partSize: SimulatedFolder.partSize)
    switch operation {
    case .putObject:
      let judged = s3.judgePutObject(answer, upload: upload, attemptedBefore: mayBeThere, signedAt: now, now: now)
      return .object(judged.map(ObjectAcknowledgement.init))
    case .createMultipartUpload: return .created(s3.judgeCreateMultipartUpload(answer, signedAt: now, now: now))
    case .uploadPart:
      if trouble == .noEcho { s3 = Self.another }
      let checksum =
        trouble == .noEcho ? PartChecksum.crc64nvme(CRC64Checksum(1)) : .sha256(upload.sha256 ?? PartDigests.unknown)
      return .part(0, s3.judgeUploadPart(answer, checksum: checksum, signedAt: now, now: now))
    case .completeMultipartUpload:
      let judged = s3.judgeCompleteMultipartUpload(
        answer, upload: upload, progress: progress, attemptedBefore: mayBeThere, signedAt: now, now: now)
      return .completed(judged.map(ObjectAcknowledgement.init))
    case .query:
      return .recordFound(
        dynamodb.judgeRecord(
          answer, objectKey: upload.key, deliveryID: upload.deliveryID, signedAt: now, now: now))
    default:
      let judged = dynamodb.judgePutItem(answer, record: record, signedAt: now, now: now)
      return .record(judged)
    }
  }

  /// A server that is not AWS's own.
  private static let another = S3Client(
    endpoint: S3Endpoint(ServiceEndpoint(url: "http://127.0.0.1:9000") ?? ServiceEndpoint(of: .s3, region: "r")),
    region: "r", bucket: "files")

  // MARK: Answers

  /// The `Date` of the answer that the clock is wrong, minus ``Fixture/wall``.
  static let skew = Duration.seconds(1000)

  /// What comes over the wire.
  private func answer(to lane: ServiceLane) -> Result<HTTPResponse, TransportError> {
    switch self {
    case .noConnection: .failure(TransportError(kind: .connect, message: ""))
    case .answerLost: .failure(TransportError(kind: .closed, message: ""))
    case .fileUnreadable: .failure(TransportError(kind: .unreadableBody, message: ""))
    case .internalError: Self.error(500, lane == .s3 ? "InternalError" : "InternalServerError", lane)
    case .slowDown:
      lane == .s3 ? Self.error(503, "SlowDown", lane) : Self.error(400, "ThrottlingException", lane)
    case .accessDenied:
      lane == .s3 ? Self.error(403, "AccessDenied", lane) : Self.error(400, "AccessDeniedException", lane)
    case .expiredToken:
      lane == .s3 ? Self.error(400, "ExpiredToken", lane) : Self.error(400, "ExpiredTokenException", lane)
    case .skewed: Self.error(403, "RequestTimeTooSkewed", lane, [HTTPHeader("date", "Mon, 24 Nov 2025 16:16:40 GMT")])
    case .invalidItem:
      lane == .s3
        ? Self.error(400, "KeyTooLongError", lane)
        : Self.error(400, "ValidationException", lane, more: ",\"message\":\"Item size has exceeded the maximum\"")
    case .otherBytes: Self.error(400, "BadDigest", lane)
    case .noSuchUpload: Self.error(404, "NoSuchUpload", lane)
    case .errorInSuccess: Self.error(200, "InternalError", lane)
    case .halfAnswer: .success(HTTPResponse(status: 200, body: Array("{<Comple".utf8)))
    case .unknownHeader: Self.error(400, "InvalidRequest", lane)
    case .noEcho: .success(HTTPResponse(status: 200, headers: [HTTPHeader("etag", "\"e\"")]))
    case .preconditionFailed: Self.error(412, "PreconditionFailed", lane)
    case .conditionFailed: Self.error(400, "ConditionalCheckFailedException", lane, more: Self.item)
    case .conditionFailedUnshown: Self.error(400, "ConditionalCheckFailedException", lane)
    }
  }

  private static func error(
    _ status: Int, _ code: String, _ lane: ServiceLane, _ headers: [HTTPHeader] = [], more: String = ""
  ) -> Result<HTTPResponse, TransportError> {
    let body = lane == .s3 ? "<Error><Code>\(code)</Code></Error>" : "{\"__type\":\"x#\(code)\"\(more)}"
    let id = HTTPHeader(lane == .s3 ? "x-amz-request-id" : "x-amzn-requestid", "R")
    return .success(HTTPResponse(status: status, headers: [id] + headers, body: Array(body.utf8)))
  }

  /// The record that is there, as a failed condition shows it.
  private static let item: String = {
    guard let record = DeliveryRecord(of: Fixture.uploaded(), agent: "") else { return "" }
    return """
      ,"Item":{"object_key":{"S":"\(record.objectKey)"},"delivery_id":{"S":"\(record.deliveryID)"},"sha256":{"S":"\(record.sha256?.hex ?? "")"},\
      "size":{"N":"\(record.size)"}}
      """
  }()
}
