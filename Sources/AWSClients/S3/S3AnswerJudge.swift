import DeliveryModel
import HTTPTransport

/// Decides whether an answer of S3 is the success it claims to be. Whatever is not certain is a failure to retry.
struct S3AnswerJudge {
  let call: ServiceCall
  let signedAt: Timestamp
  let now: Timestamp

  /// The answer if there is one and it is success or 412; a status of success with an error in its body is a failure.
  func answer(_ result: Result<HTTPResponse, TransportError>) -> Result<HTTPResponse, ServiceFailure> {
    switch result {
    case .failure(let error): .failure(FailureClassifier.classify(call, error: error))
    case .success(let response) where response.status == 412 || 200..<300 ~= response.status: .success(response)
    case .success(let response): .failure(failure(response))
    }
  }

  /// The object of an answer whose body must be empty.
  func object(_ response: HTTPResponse, checksum: String) -> Result<ObjectReceipt, ServiceFailure> {
    guard response.body.allSatisfy({ $0 <= 0x20 }) else { return .failure(unusable(response, "an unexpected body")) }
    guard let etag = Self.etag(response.header("etag")) else { return .failure(unusable(response, "no ETag")) }
    guard agrees(response.header("x-amz-checksum-sha256"), with: checksum) else { return .failure(integrity(response)) }
    return .success(ObjectReceipt(etag: etag, versionID: version(response)))
  }

  /// An object that was there before the request: ours, or another's.
  func existing(_ response: HTTPResponse, isOurs: Bool) -> Result<ObjectReceipt, ServiceFailure> {
    if isOurs { return .success(ObjectReceipt(etag: "", alreadyThere: true)) }
    var failure = failure(response)
    failure.code = "key-conflict"
    return .failure(failure)
  }

  func failure(_ response: HTTPResponse) -> ServiceFailure {
    FailureClassifier.classify(call, response: response, signedAt: signedAt, now: now)
  }

  /// A claimed success that lacks what success has: a proxy's page, a truncated body.
  func unusable(_ response: HTTPResponse, _ what: String) -> ServiceFailure {
    var failure = failure(response)
    guard failure.code == "http-\(response.status)" else { return failure }
    failure.failureClass = .retry
    failure.code = "unparsable-answer"
    failure.message = "S3 answered \(call.operation.rawValue) with success that cannot be trusted (\(what))"
    return failure
  }

  func integrity(_ response: HTTPResponse) -> ServiceFailure {
    ServiceFailure(
      lane: .s3, failureClass: .rehash, code: "integrity",
      message: "S3 reports another checksum than that of the bytes that were hashed", status: response.status,
      requestID: BoundedText.token(response.header("x-amz-request-id"), limit: 128))
  }

  /// Services that echo no checksum are tolerated; a different one is not.
  func agrees(_ echo: String?, with checksum: String) -> Bool { echo == nil || echo == checksum }

  func version(_ response: HTTPResponse) -> String? {
    let version = BoundedText.token(response.header("x-amz-version-id"), limit: 1024)
    return version == "null" ? nil : version
  }

  /// An ETag without its quotes; nil where it is missing or absurd.
  static func etag(_ text: String?) -> String? {
    guard var bare = text?[...] else { return nil }
    if bare.utf8.count >= 2, bare.hasPrefix("\""), bare.hasSuffix("\"") { bare = bare.dropFirst().dropLast() }
    return BoundedText.token(String(bare), limit: 256)
  }
}
