package import AWSSigning
package import Cryptography
package import DeliveryModel
package import HTTPTransport

extension S3Client {
  /// One object in one request. S3 refuses the body unless its SHA-256 is `upload.sha256`.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
  package mutating func putObject(
    _ upload: ObjectUpload, body: RequestBody, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let sha256 = upload.digest
    var headers = describing(upload)
    headers.append(HTTPHeader("x-amz-meta-sha256", sha256.hex))
    headers.append(HTTPHeader("x-amz-checksum-sha256", Base64.encode(sha256)))
    // A bucket with Object Lock demands it.
    headers.append(HTTPHeader("x-amz-sdk-checksum-algorithm", "SHA256"))
    if options.writeOnce { headers.append(HTTPHeader("if-none-match", "*")) }
    return request(
      .put, key: upload.key, headers: headers, payload: .digest(sha256), body: body, credentials: credentials,
      at: moment)
  }

  /// What the object is and how it is kept, for the request that creates it.
  func describing(_ upload: ObjectUpload) -> [HTTPHeader] {
    var headers = [HTTPHeader]()
    headers.reserveCapacity(creationHeaders.count + 16)
    // An empty value would be signed but not sent.
    let contentType = upload.contentType.isEmpty ? "application/octet-stream" : upload.contentType
    headers.append(HTTPHeader("content-type", HeaderValue.visible(contentType)))
    // An upload that begins before its content is known has none.
    if !upload.deliveryID.isEmpty { headers.append(HTTPHeader("x-amz-meta-delivery-id", upload.deliveryID)) }
    if !upload.arrival.isEmpty { headers.append(HTTPHeader("x-amz-meta-arrival", upload.arrival)) }
    if !upload.host.isEmpty { headers.append(HTTPHeader("x-amz-meta-host", HeaderValue.visible(upload.host))) }
    headers.append(HTTPHeader("x-amz-meta-modified-at", upload.modified.iso8601))
    let path = PercentEncoding.path(upload.sourcePath.bytes)
    // S3 takes 2 KB of metadata in all, OpenStack Swift 256 bytes a value; the record has the path in any case.
    // https://docs.openstack.org/swift/latest/config/swift_conf.html (max_meta_value_length)
    if path.utf8.count <= (proof.isAmazons ? 1024 : 256) { headers.append(HTTPHeader("x-amz-meta-source-path", path)) }
    if !upload.tags.query.isEmpty { headers.append(HTTPHeader("x-amz-tagging", upload.tags.query)) }
    headers.append(contentsOf: creationHeaders)
    return headers
  }

  /// Whether S3 has the object, whole. `md5` is that of the content, where it was computed.
  ///
  /// `attemptedBefore` says that an earlier attempt of this very delivery is in the journal, so with `writeOnce` an object
  /// that is already there is ours: its key contains the delivery's id, which its bytes determine.
  package mutating func judgePutObject(
    _ result: Result<HTTPResponse, TransportError>, upload: ObjectUpload, md5: MD5Digest? = nil, attemptedBefore: Bool,
    signedAt: Timestamp, now: Timestamp
  ) -> Result<ObjectReceipt, ServiceFailure> {
    let judge = judge(.putObject, signedAt, now, size: upload.size, isConditional: options.writeOnce)
    switch judge.answer(result) {
    case .failure(let failure): return .failure(failure)
    case .success(let response) where response.status == 412:
      return judge.existing(response, isOurs: isOurs(response, attemptedBefore))
    case .success(let response):
      let sent = SentContent(.sha256(upload.digest), md5: md5)
      return judge.object(response, sent, &proof)
    }
  }

  /// Whether the object that `response` tells of may be our own: this very request may have made it, where libcurl had to
  /// send it twice.
  func isOurs(_ response: HTTPResponse, _ attemptedBefore: Bool) -> Bool {
    attemptedBefore || response.wasSentAgain
  }
}
