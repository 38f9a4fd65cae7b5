package import AWSSigning
package import DeliveryModel
package import HTTPTransport

/// One version of one object.
package struct ObjectVersion: Sendable, Equatable {
  package var key: String
  /// Nil for the current one.
  package var versionID: String?

  package init(key: String, versionID: String?) {
    self.key = key
    self.versionID = versionID
  }

  var query: [(name: String, value: String)] {
    versionID.map { [(name: "versionId", value: $0)] } ?? []
  }
}

/// What S3 says about a stored object.
package struct StoredObject: Sendable, Equatable {
  /// Bytes.
  package var size: Int64
  /// Without quotes.
  package var etag: String
  /// Of the whole content, in Base64; nil for an object in parts, or one without.
  package var sha256: String?
  /// Of the whole content, in Base64, whatever parts it came in; nil where S3 keeps none.
  package var crc64: String?
  /// `AES256`, `aws:kms`; nil where S3 does not tell.
  package var encryption: String?
  package var kmsKeyID: String?
  /// What the daemon wrote beside the content.
  package var metadataSHA256: String?
  package var metadataDeliveryID: String?
  package var metadataArrival: String?
}

extension S3Client {
  /// Asks what is known about an object, without its content.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  package mutating func headObject(
    _ version: ObjectVersion, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let headers = commonHeaders + [HTTPHeader("x-amz-checksum-mode", "ENABLED")]
    return request(
      .head, key: version.key, query: version.query, headers: headers, payload: Self.emptyDigest, body: .none,
      credentials: credentials, at: moment)
  }

  /// Nil where there is no such object or version, or only the mark that it was deleted; failure with the code
  /// ``unconfirmed`` where the answer may be that of a proxy: a HEAD's has no body that would tell.
  package func judgeHeadObject(
    _ result: Result<HTTPResponse, TransportError>, signedAt: Timestamp, now: Timestamp
  ) -> Result<StoredObject?, ServiceFailure> {
    switch result {
    case .failure(let error):
      return .failure(FailureClassifier.classify(ServiceCall(.headObject, on: bucket), error: error))
    case .success(let response):
      switch response.status {
      case 200 where ServiceMark.isOn(response):
        return Self.object(response).map { .success($0) } ?? .failure(unreadable(response))
      case 404 where ServiceMark.isOn(response), 405 where ServiceMark.isOn(response): return .success(nil)
      // An answer to HEAD has no body that could say more.
      case 403 where ServiceMark.isOn(response): return .failure(refused(response))
      case 200, 403, 404, 405: return .failure(unconfirmed(response))
      default:
        let call = ServiceCall(.headObject, on: bucket)
        return .failure(FailureClassifier.classify(call, response: response, signedAt: signedAt, now: now))
      }
    }
  }

  private static func object(_ response: HTTPResponse) -> StoredObject? {
    guard let size = response.header("content-length").flatMap({ Int64($0) }),
      let etag = S3AnswerJudge.etag(response.header("etag"))
    else { return nil }
    // An object in parts has a checksum of the parts' checksums, and an ETag that ends with their number.
    let isWhole = !etag.contains("-") && response.header("x-amz-checksum-type") != "COMPOSITE"
    let checksum = BoundedText.token(response.header("x-amz-checksum-sha256"), limit: 128)
    return StoredObject(
      size: size, etag: etag, sha256: isWhole ? checksum : nil,
      // Of checksums of parts there is none of this kind.
      crc64: BoundedText.token(response.header(ChecksumAlgorithm.crc64nvme.header), limit: 128),
      encryption: BoundedText.token(response.header("x-amz-server-side-encryption"), limit: 64),
      kmsKeyID: BoundedText.token(response.header("x-amz-server-side-encryption-aws-kms-key-id"), limit: 2048),
      metadataSHA256: response.header("x-amz-meta-sha256"),
      metadataDeliveryID: response.header("x-amz-meta-delivery-id"),
      metadataArrival: response.header("x-amz-meta-arrival"))
  }

  private func refused(_ response: HTTPResponse) -> ServiceFailure {
    ServiceFailure(
      lane: .s3, failureClass: .blocked, code: "http-403",
      message: "S3 refuses to tell about objects of \(EscapedText.escape(bucket)) (HTTP 403): s3:GetObject,"
        + " s3:GetObjectVersion and, with a KMS key, kms:Decrypt are needed; without s3:ListBucket S3 answers so too where"
        + " there is no such object",
      missingAction: "s3:GetObjectVersion", status: 403, ids: RequestIDs(of: response))
  }

  /// The code of an answer to HEAD that does not bear the service's mark.
  package static let unconfirmed = "unconfirmed-answer"

  private func unconfirmed(_ response: HTTPResponse) -> ServiceFailure {
    ServiceFailure(
      lane: .s3, failureClass: .blocked, code: Self.unconfirmed,
      message: "the answer to HeadObject (HTTP \(response.status)) does not bear S3's mark; a proxy's, perhaps",
      status: response.status)
  }

  private func unreadable(_ response: HTTPResponse) -> ServiceFailure {
    ServiceFailure(
      lane: .s3, failureClass: .retry, code: "unparsable-answer",
      message: "S3 told about an object without its size or ETag", status: response.status)
  }

  /// Asks for `length` bytes of an object from `offset` on, of exactly the content that `etag` names.
  package mutating func getObject(
    _ version: ObjectVersion, etag: String, offset: Int64, length: Int64, credentials: AWSCredentials,
    at moment: Timestamp
  ) -> HTTPRequest {
    let headers =
      commonHeaders + [
        HTTPHeader("if-match", "\"\(etag)\""), HTTPHeader("range", "bytes=\(offset)-\(offset + length - 1)"),
      ]
    var request = request(
      .get, key: version.key, query: version.query, headers: headers, payload: Self.emptyDigest, body: .none,
      credentials: credentials, at: moment)
    request.responseLimit = Int(length) + (1 << 20)
    return request
  }

  /// The bytes that were asked for.
  package func judgeGetObject(
    _ result: Result<HTTPResponse, TransportError>, length: Int64, signedAt: Timestamp, now: Timestamp
  ) -> Result<[UInt8], ServiceFailure> {
    let call = ServiceCall(.getObject, on: bucket)
    switch result {
    case .failure(let error): return .failure(FailureClassifier.classify(call, error: error))
    case .success(let response) where response.status == 206 || response.status == 200:
      guard response.body.count == length else {
        var failure = unreadable(response)
        failure.message = "S3 sent \(response.body.count) bytes of an object where \(length) were asked for"
        return .failure(failure)
      }
      return .success(response.body)
    case .success(let response):
      return .failure(FailureClassifier.classify(call, response: response, signedAt: signedAt, now: now))
    }
  }
}
