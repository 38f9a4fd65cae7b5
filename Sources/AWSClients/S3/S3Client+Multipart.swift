package import AWSSigning
package import Cryptography
package import DeliveryModel
package import HTTPTransport

/// An object in parts. Every part is verified by a checksum of its own, the whole by the parts that the last request lists,
/// and by a CRC-64/NVME by that of the whole object.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
extension S3Client {
  package mutating func createMultipartUpload(
    _ upload: ObjectUpload, checksum: ChecksumAlgorithm = .sha256, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    var headers = describing(upload) + [HTTPHeader("x-amz-checksum-algorithm", checksum.name)]
    // The other type, a checksum of checksums, is all that there is with SHA-256.
    if checksum == .crc64nvme { headers.append(HTTPHeader("x-amz-checksum-type", "FULL_OBJECT")) }
    return request(
      .post, key: upload.key, query: [("uploads", "")], headers: headers, payload: Self.emptyDigest, body: .bytes([]),
      credentials: credentials, at: moment)
  }

  /// The new upload's id.
  package func judgeCreateMultipartUpload(
    _ result: Result<HTTPResponse, TransportError>, signedAt: Timestamp, now: Timestamp
  ) -> Result<String, ServiceFailure> {
    let judge = judge(.createMultipartUpload, signedAt, now)
    return judge.answer(result).flatMap { response in
      // The root has another name at other servers, and the SDKs do not look at it either.
      let answer = XMLAnswer(parsing: response.body)
      guard response.status == 200, let id = BoundedText.token(answer?.member("UploadId"), limit: 2048),
        response.secrets.removed(from: id) == id
      else {
        return .failure(judge.unusable(response, "no upload id"))
      }
      return .success(id)
    }
  }

  /// Part `part` (1 to 10,000), whose bytes have `checksum` and are signed over as `payload` says.
  package mutating func uploadPart(
    _ part: Int, of uploadID: String, key: String, checksum: PartChecksum, payload: PayloadHash, body: RequestBody,
    credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let headers =
      commonHeaders + [
        HTTPHeader(checksum.algorithm.header, Base64.encode(checksum)),
        HTTPHeader("x-amz-sdk-checksum-algorithm", checksum.algorithm.name),
      ]
    return request(
      .put, key: key, query: [("partNumber", String(part)), ("uploadId", uploadID)], headers: headers,
      payload: payload, body: body, credentials: credentials, at: moment)
  }

  /// The same for bytes that have the digest `sha256` and no other checksum.
  package mutating func uploadPart(
    _ part: Int, of uploadID: String, key: String, sha256: SHA256Digest, body: RequestBody,
    credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    uploadPart(
      part, of: uploadID, key: key, checksum: .sha256(sha256), payload: .digest(sha256), body: body,
      credentials: credentials, at: moment)
  }

  /// `checksum` is that of the part as it was sent, `md5` the other one, where it was computed.
  package mutating func judgeUploadPart(
    _ result: Result<HTTPResponse, TransportError>, checksum: PartChecksum, md5: MD5Digest? = nil,
    signedAt: Timestamp, now: Timestamp
  ) -> Result<UploadedPart, ServiceFailure> {
    let judge = judge(.uploadPart, signedAt, now)
    switch judge.answer(result) {
    case .failure(let failure): return .failure(failure)
    case .success(let response):
      let sent = SentContent(checksum, md5: md5)
      return judge.object(response, sent, &proof).map { UploadedPart(etag: $0.etag, checksum: checksum) }
    }
  }

  /// The same for one that was verified by its SHA-256.
  package mutating func judgeUploadPart(
    _ result: Result<HTTPResponse, TransportError>, sha256: SHA256Digest, md5: MD5Digest? = nil, signedAt: Timestamp,
    now: Timestamp
  ) -> Result<UploadedPart, ServiceFailure> {
    judgeUploadPart(result, checksum: .sha256(sha256), md5: md5, signedAt: signedAt, now: now)
  }

  /// Ends the upload: best effort, since the bucket's lifecycle rule does the same later.
  package mutating func abortMultipartUpload(
    _ uploadID: String, key: String, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    request(
      .delete, key: key, query: [("uploadId", uploadID)], headers: commonHeaders, payload: Self.emptyDigest,
      body: .none, credentials: credentials, at: moment)
  }

  /// Success too where the upload is no longer there.
  package func judgeAbortMultipartUpload(
    _ result: Result<HTTPResponse, TransportError>, signedAt: Timestamp, now: Timestamp
  ) -> Result<Void, ServiceFailure> {
    let judge = judge(.abortMultipartUpload, signedAt, now)
    switch judge.answer(result) {
    case .success: return .success(())
    case .failure(let failure): return failure.code == "NoSuchUpload" ? .success(()) : .failure(failure)
    }
  }

  func judge(
    _ operation: ServiceOperation, _ signedAt: Timestamp, _ now: Timestamp, size: Int64? = nil,
    isConditional: Bool = false
  ) -> S3AnswerJudge {
    S3AnswerJudge(
      call: ServiceCall(operation, on: bucket, size: size), signedAt: signedAt, now: now, isConditional: isConditional)
  }
}
