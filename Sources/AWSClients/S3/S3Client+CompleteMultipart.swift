package import AWSSigning
package import DeliveryModel
package import HTTPTransport

extension S3Client {
  /// Makes the object of its parts, in the order of their numbers. S3 verifies each part's checksum and the whole size.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  package mutating func completeMultipartUpload(
    _ upload: ObjectUpload, progress: MultipartProgress, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let body = Self.completion(of: progress.parts)
    var headers = commonHeaders
    headers.append(HTTPHeader("content-type", "application/xml"))
    headers.append(HTTPHeader("x-amz-mp-object-size", String(upload.size)))
    if options.writeOnce { headers.append(HTTPHeader("if-none-match", "*")) }
    return request(
      .post, key: upload.key, query: [("uploadId", progress.uploadID)], headers: headers,
      payload: SHA256.digest(of: body), body: .bytes(body), credentials: credentials, at: moment)
  }

  /// Whether S3 made the object: it answers 200 at once and tells success or failure in the body.
  ///
  /// `attemptedBefore` is as in ``judgePutObject(_:upload:attemptedBefore:signedAt:now:)``.
  package func judgeCompleteMultipartUpload(
    _ result: Result<HTTPResponse, TransportError>, progress: MultipartProgress, attemptedBefore: Bool,
    signedAt: Timestamp, now: Timestamp
  ) -> Result<ObjectReceipt, ServiceFailure> {
    let judge = judge(.completeMultipartUpload, signedAt, now)
    return judge.answer(result).flatMap { response in
      if response.status == 412 { return judge.existing(response, isOurs: isOurs(response, attemptedBefore)) }
      guard let answer = XMLAnswer(parsing: response.body), Self.completionRoots.contains(answer.root),
        let etag = S3AnswerJudge.etag(answer[answer.root + "/ETag"])
      else { return .failure(judge.unusable(response, "no ETag")) }
      guard judge.agrees(answer[answer.root + "/ChecksumSHA256"], with: Self.composite(of: progress.parts)) else {
        return .failure(judge.integrity(response))
      }
      return .success(ObjectReceipt(etag: etag, versionID: judge.version(response)))
    }
  }

  /// S3's own name of the answer, and that of moto.
  private static let completionRoots = ["CompleteMultipartUploadResult", "CompleteMultipartUploadResponse"]

  /// The digest of the parts' digests and their number, `base64-3`.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
  static func composite(of parts: [Int: UploadedPart]) -> String {
    let digests = parts.sorted { $0.key < $1.key }.flatMap { $0.value.sha256.bytes }
    return Base64.encode(SHA256.digest(of: digests)) + "-\(parts.count)"
  }

  private static func completion(of parts: [Int: UploadedPart]) -> [UInt8] {
    var body = Array("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".utf8)
    body.reserveCapacity(parts.count * 192 + 128)
    for (number, part) in parts.sorted(by: { $0.key < $1.key }) {
      body.append(contentsOf: "<Part><PartNumber>\(number)</PartNumber><ETag>&quot;".utf8)
      appendEscaped(part.etag, to: &body)
      body.append(contentsOf: "&quot;</ETag><ChecksumSHA256>".utf8)
      body.append(contentsOf: Base64.encode(part.sha256).utf8)
      body.append(contentsOf: "</ChecksumSHA256></Part>".utf8)
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
