package import AWSSigning
package import DeliveryModel
package import HTTPTransport

/// An object in parts. Every part is verified by its own SHA-256, the whole by the parts that the last request lists.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
extension S3Client {
  package mutating func createMultipartUpload(
    _ upload: ObjectUpload, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let headers = describing(upload) + [HTTPHeader("x-amz-checksum-algorithm", "SHA256")]
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

  /// Part `part` (1 to 10,000), whose bytes have the digest `sha256`.
  package mutating func uploadPart(
    _ part: Int, of uploadID: String, key: String, sha256: SHA256Digest, body: RequestBody,
    credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let headers =
      commonHeaders + [
        HTTPHeader("x-amz-checksum-sha256", Base64.encode(sha256)),
        HTTPHeader("x-amz-sdk-checksum-algorithm", "SHA256"),
      ]
    return request(
      .put, key: key, query: [("partNumber", String(part)), ("uploadId", uploadID)], headers: headers,
      payload: sha256, body: body, credentials: credentials, at: moment)
  }

  /// `md5` is that of the part, where it was computed.
  package mutating func judgeUploadPart(
    _ result: Result<HTTPResponse, TransportError>, sha256: SHA256Digest, md5: MD5Digest? = nil, signedAt: Timestamp,
    now: Timestamp
  ) -> Result<UploadedPart, ServiceFailure> {
    let judge = judge(.uploadPart, signedAt, now)
    switch judge.answer(result) {
    case .failure(let failure): return .failure(failure)
    case .success(let response):
      let sent = SentContent(sha256Base64: Base64.encode(sha256), md5: md5)
      return judge.object(response, sent, &proof).map { UploadedPart(etag: $0.etag, sha256: sha256) }
    }
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
