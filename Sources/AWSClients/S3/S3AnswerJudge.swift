import AWSSigning
import Cryptography
import DeliveryModel
import HTTPTransport

/// Decides whether an answer of S3 is the success it claims to be. Whatever is not certain is a failure, and keeps the file.
struct S3AnswerJudge {
  let call: ServiceCall
  let signedAt: Timestamp
  let now: Timestamp
  /// Whether the request had a condition; without one, none can have failed.
  let isConditional: Bool

  /// The answer if there is one and it is success, or S3's own word that the condition of the request failed (412); a
  /// status of success with an error in its body is a failure.
  func answer(_ result: Result<HTTPResponse, TransportError>) -> Result<HTTPResponse, ServiceFailure> {
    switch result {
    case .failure(let error): .failure(FailureClassifier.classify(call, error: error))
    case .success(let response) where 200..<300 ~= response.status && response.repeatsSecrets:
      .failure(unusable(response, "it repeats what only S3 may see"))
    case .success(let response) where 200..<300 ~= response.status: .success(response)
    case .success(let response) where isPreconditionFailed(response): .success(response)
    case .success(let response): .failure(failure(response))
    }
  }

  /// Whether S3 itself says that the object is there already: a proxy has this status too.
  private func isPreconditionFailed(_ response: HTTPResponse) -> Bool {
    guard isConditional, response.status == 412 else { return false }
    let body = ServiceErrorBody(of: response)
    return body.isOfService && body.code == "PreconditionFailed"
  }

  /// The object or part of an answer whose body must be empty, once the answer proves that `sent` was stored.
  func object(_ response: HTTPResponse, _ sent: SentContent, _ proof: inout UploadProof) -> Result<
    ObjectReceipt, ServiceFailure
  > {
    guard response.status == 200 else { return .failure(unusable(response, "status \(response.status)")) }
    guard response.body.allSatisfy({ $0 <= 0x20 }) else { return .failure(unusable(response, "an unexpected body")) }
    guard let etag = Self.etag(response.header("etag")) else { return .failure(unusable(response, "no ETag")) }
    let algorithm = sent.checksum.algorithm
    if let echo = response.header(algorithm.header) {
      guard echo == Base64.encode(sent.checksum) else { return .failure(integrity(response)) }
      proof.sawEcho(of: call.operation, algorithm)
    } else if proof.demandsEcho(of: call.operation, algorithm) {
      return .failure(unusable(response, "no checksum of what was stored"))
    } else if algorithm == .crc64nvme {
      return .failure(checksumNotKept(response))
    } else {
      // What a server without MD5 in its ETags answers, and what the answer to another request looks like.
      guard let md5 = sent.md5 else { return .failure(unusable(response, "nothing in it tells what was stored")) }
      guard MD5Digest(hex: etag) == md5 else { return .failure(unprovable(response)) }
      proof.sawNoEcho()
    }
    return .success(ObjectReceipt(etag: etag, versionID: version(response)))
  }

  /// An object that was there before the request: ours, or another's.
  func existing(_ response: HTTPResponse, isOurs: Bool) -> Result<ObjectReceipt, ServiceFailure> {
    if isOurs { return .success(ObjectReceipt(etag: "", alreadyThere: true)) }
    var failure = failure(response)
    failure.failureClass = .item
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
    failure.failureClass = .unproven
    failure.code = "unparsable-answer"
    failure.message = "S3 answered \(call.operation.rawValue) with success that cannot be trusted (\(what))"
    return failure
  }

  func unprovable(_ response: HTTPResponse) -> ServiceFailure {
    ServiceFailure(
      lane: .s3, failureClass: .unprovable, code: "unprovable-upload",
      message: """
        the server's answer to \(call.operation.rawValue) on \(EscapedText.escape(call.resource)) does not prove what it \
        stored: it repeats no SHA-256, and its ETag is not the MD5 of the content. No file counts as delivered there
        """, status: response.status, ids: RequestIDs(of: response))
  }

  /// The server knows nothing of this checksum, so that nothing verified what it stored.
  func checksumNotKept(_ response: HTTPResponse) -> ServiceFailure {
    ServiceFailure(
      lane: .s3, failureClass: .unprovable, code: ServiceFailure.checksumNotKept,
      message: """
        the server's answer to \(call.operation.rawValue) on \(EscapedText.escape(call.resource)) repeats no \
        CRC-64/NVME: it does not verify large files by it. No such file counts as delivered there; set [upload] checksum \
        to "auto" or "sha256"
        """, status: response.status, ids: RequestIDs(of: response))
  }

  func integrity(_ response: HTTPResponse) -> ServiceFailure {
    ServiceFailure(
      lane: .s3, failureClass: .rehash, code: "integrity",
      message: "S3 reports another checksum than that of the bytes that were hashed", status: response.status,
      ids: RequestIDs(of: response))
  }

  // MARK: Parts of the answer

  func version(_ response: HTTPResponse) -> String? {
    let version = BoundedText.token(response.header("x-amz-version-id"), limit: 1024)
    return version == "null" ? nil : version
  }

  /// An ETag without its quotes; nil where it is missing or absurd. A proxy that compresses makes it weak (`W/"…"`), which
  /// changes nothing of what it names.
  ///
  /// https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
  static func etag(_ text: String?) -> String? {
    guard var bare = text?[...] else { return nil }
    if bare.hasPrefix("W/\"") { bare = bare.dropFirst(2) }
    if bare.utf8.count >= 2, bare.hasPrefix("\""), bare.hasSuffix("\"") { bare = bare.dropFirst().dropLast() }
    return BoundedText.token(String(bare), limit: 256)
  }
}

extension ServiceFailure {
  /// The code of an answer to a part that repeats no CRC-64/NVME, from a server that was not known to.
  package static let checksumNotKept = "checksum-not-kept"
}
