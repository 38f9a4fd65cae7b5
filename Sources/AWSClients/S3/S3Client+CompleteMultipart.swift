package import AWSSigning
import Cryptography
package import DeliveryModel
package import HTTPTransport

extension S3Client {
  /// Makes the object of its parts, in the order of their numbers. S3 verifies each part's checksum and the whole size.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  package mutating func completeMultipartUpload(
    _ upload: ObjectUpload, progress: MultipartProgress, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let body = Self.completion(of: progress, withChecksums: progress.checksum == .crc64nvme || !proof.ignoresChecksums)
    var headers = commonHeaders
    headers.append(HTTPHeader("content-type", "application/xml"))
    headers.append(HTTPHeader("x-amz-mp-object-size", String(upload.size)))
    if let checksum = progress.crc64(size: upload.size) {
      headers.append(HTTPHeader(ChecksumAlgorithm.crc64nvme.header, checksum.base64))
      headers.append(HTTPHeader("x-amz-checksum-type", "FULL_OBJECT"))
    }
    if options.writeOnce { headers.append(HTTPHeader("if-none-match", "*")) }
    var request = request(
      .post, key: upload.key, query: [("uploadId", progress.uploadID)], headers: headers,
      payload: .digest(SHA256.digest(of: body)), body: .bytes(body), credentials: credentials, at: moment)
    request.answerTimeout = Self.completionTimeout
    return request
  }

  /// "Processing of a CompleteMultipartUpload request could take several minutes to finalize." Whoever gives up before
  /// does not know whether the object is there.
  package static let completionTimeout = Duration.seconds(900)

  /// Whether S3 made the object: it answers 200 at once and tells success or failure in the body.
  ///
  /// `attemptedBefore` is as in ``judgePutObject(_:upload:md5:attemptedBefore:signedAt:now:)``.
  package mutating func judgeCompleteMultipartUpload(
    _ result: Result<HTTPResponse, TransportError>, upload: ObjectUpload, progress: MultipartProgress,
    attemptedBefore: Bool, signedAt: Timestamp, now: Timestamp
  ) -> Result<ObjectReceipt, ServiceFailure> {
    let judge = judge(.completeMultipartUpload, signedAt, now, size: upload.size, isConditional: options.writeOnce)
    switch judge.answer(result) {
    case .failure(let failure): return .failure(failure)
    case .success(let response) where response.status == 412:
      return judge.existing(response, isOurs: isOurs(response, attemptedBefore))
    case .success(let response):
      guard response.status == 200, let answer = XMLAnswer(parsing: response.body),
        let etag = etag(of: answer, response, upload, progress)
      else { return .failure(judge.unusable(response, "no ETag")) }
      if let failure = fault(of: answer, etag, response, upload, progress, judge) { return .failure(failure) }
      let kept = answer.member(ChecksumAlgorithm.crc64nvme.element)
      return .success(
        ObjectReceipt(
          etag: etag, versionID: judge.version(response),
          crc64: kept == nil ? nil : progress.crc64(size: upload.size)))
    }
  }

  /// The object's ETag. Ceph (16.2) leaves it empty when it names bucket and key: it is what the parts' are by then.
  private func etag(
    of answer: XMLAnswer, _ response: HTTPResponse, _ upload: ObjectUpload, _ progress: MultipartProgress
  ) -> String? {
    guard let named = S3AnswerJudge.etag(answer.member("ETag")) else {
      return isAbout(upload, answer) ? Self.etag(of: progress.parts) : nil
    }
    // Only the bytes of the answer were looked through; a character reference in them may hide a secret.
    return response.secrets.removed(from: named) == named ? named : nil
  }

  /// Whether the answer names this object.
  private func isAbout(_ upload: ObjectUpload, _ answer: XMLAnswer) -> Bool {
    guard let key = answer.member("Key") else { return false }
    return [upload.key, PercentEncoding.path(upload.key)].contains { $0.utf8.elementsEqual(key.utf8) }
  }

  /// What keeps the answer from proving that this object was made of these parts; nil where it does. Each part was proved
  /// when it was sent, so the answer has to tell only that it is about this upload.
  private mutating func fault(
    of answer: XMLAnswer, _ etag: String, _ response: HTTPResponse, _ upload: ObjectUpload,
    _ progress: MultipartProgress, _ judge: S3AnswerJudge
  ) -> ServiceFailure? {
    if let checksum = answer.member(progress.checksum.element) {
      guard checksum == Self.checksum(of: upload, progress) else { return judge.integrity(response) }
      proof.sawEcho(of: .completeMultipartUpload, progress.checksum)
      return nil
    }
    if proof.demandsEcho(of: .completeMultipartUpload, progress.checksum) {
      return judge.unusable(response, "no checksum of what was stored")
    }
    if etag == Self.etag(of: progress.parts) { return nil }
    if isAbout(upload, answer) { return nil }
    return judge.unusable(response, "neither its ETag nor a key tells which object was made")
  }

  /// The ETag that S3, and servers that follow it, give an object of parts: the MD5 of the parts' MD5s and their number.
  /// Nil where a part's ETag is no MD5.
  static func etag(of parts: [Int: UploadedPart]) -> String? {
    var bytes: [UInt8] = []
    for (_, part) in parts.sorted(by: { $0.key < $1.key }) {
      guard let md5 = MD5Digest(hex: part.etag) else { return nil }
      bytes += md5.bytes
    }
    return MD5Digest.digest(of: bytes).map { "\($0.hex)-\(parts.count)" }
  }

  /// What S3 names as the checksum of the whole: one of all its bytes, or one of the parts' own.
  private static func checksum(of upload: ObjectUpload, _ progress: MultipartProgress) -> String? {
    switch progress.checksum {
    case .sha256: composite(of: progress.parts)
    case .crc64nvme: progress.crc64(size: upload.size)?.base64
    }
  }

  /// The digest of the parts' digests and their number, `base64-3`.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
  static func composite(of parts: [Int: UploadedPart]) -> String {
    let digests = parts.sorted { $0.key < $1.key }.flatMap { $0.value.checksum.bytes }
    return Base64.encode(SHA256.digest(of: digests)) + "-\(parts.count)"
  }

  /// A server that knows no checksums may not know the element either: OpenStack Swift calls such a list malformed.
  private static func completion(of progress: MultipartProgress, withChecksums: Bool) -> [UInt8] {
    let (parts, element) = (progress.parts, progress.checksum.element)
    var body = Array("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".utf8)
    body.reserveCapacity(parts.count * 192 + 128)
    for (number, part) in parts.sorted(by: { $0.key < $1.key }) {
      body.append(contentsOf: "<Part><PartNumber>\(number)</PartNumber><ETag>&quot;".utf8)
      appendEscaped(part.etag, to: &body)
      body.append(contentsOf: "&quot;</ETag>".utf8)
      if withChecksums {
        body.append(contentsOf: "<\(element)>".utf8)
        body.append(contentsOf: Base64.encode(part.checksum).utf8)
        body.append(contentsOf: "</\(element)>".utf8)
      }
      body.append(contentsOf: "</Part>".utf8)
    }
    body.append(contentsOf: "</CompleteMultipartUpload>".utf8)
    return body
  }

  private static func appendEscaped(_ text: String, to body: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "<"): body.append(contentsOf: "&lt;".utf8)
      case UInt8(ascii: ">"): body.append(contentsOf: "&gt;".utf8)
      case UInt8(ascii: "&"): body.append(contentsOf: "&amp;".utf8)
      default: body.append(byte)
      }
    }
  }
}
