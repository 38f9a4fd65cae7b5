package import AWSSigning
package import DeliveryModel
package import HTTPTransport

extension S3Client {
  /// Which of the options that a right of its own may be needed for a request carries.
  package enum ObjectOption: String, Sendable, CaseIterable {
    case tags = "x-amz-tagging"
    case accessControlList = "x-amz-acl"
    case retention = "x-amz-object-lock-"
    case encryption = "x-amz-server-side-encryption"
    case storageClass = "x-amz-storage-class"

    /// In words.
    package var name: String {
      switch self {
      case .tags: "the tags"
      case .accessControlList: "the ACL"
      case .retention: "the retention"
      case .encryption: "the encryption"
      case .storageClass: "the storage class"
      }
    }

    /// The IAM action that allows it; nil where that of the object does.
    ///
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
    package var action: String? {
      switch self {
      case .tags: "s3:PutObjectTagging"
      case .accessControlList: "s3:PutObjectAcl"
      case .retention: "s3:PutObjectRetention"
      case .encryption, .storageClass: nil
      }
    }

    package func isIn(_ request: HTTPRequest) -> Bool { request.headers.contains { $0.name.hasPrefix(rawValue) } }
  }

  /// The same client, and the same upload, without one option.
  package func omitting(_ option: ObjectOption, of upload: ObjectUpload) -> (client: S3Client, upload: ObjectUpload) {
    var (client, upload) = (self, upload)
    client.creationHeaders.removeAll { $0.name.hasPrefix(option.rawValue) }
    if option == .tags { upload.tags = .none }
    return (client, upload)
  }

  /// A request to make an object of a part that was never sent: no server can, but whether it refuses the request for that
  /// or for want of a right tells whether an object may be made, and so that of PutObject. Nothing is stored.
  package mutating func completeWithoutPart(
    _ upload: ObjectUpload, uploadID: String, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    completeMultipartUpload(
      upload, progress: Self.neverSent(uploadID, upload), credentials: credentials, at: moment)
  }

  /// Success means that the right to make the object is there; with `writeOnce` also that its condition was not refused.
  package mutating func judgeCompleteWithoutPart(
    _ result: Result<HTTPResponse, TransportError>, upload: ObjectUpload, uploadID: String, signedAt: Timestamp,
    now: Timestamp
  ) -> Result<Void, ServiceFailure> {
    let judged = judgeCompleteMultipartUpload(
      result, upload: upload, progress: Self.neverSent(uploadID, upload), attemptedBefore: false, signedAt: signedAt,
      now: now)
    switch judged {
    case .success:
      return .failure(
        ServiceFailure(
          lane: .s3, failureClass: .blocked, code: "object-of-nothing",
          message:
            "S3 made the object \(EscapedText.escape(upload.key)) of a part that was never sent: remove it; what this"
            + " server stores cannot be relied on", status: 200, ids: RequestIDs(request: "none")))
    case .failure(let failure):
      return ServiceMark.isOn(failure) && Self.isForWantOfPart(failure) ? .success(()) : .failure(failure)
    }
  }

  private static func isForWantOfPart(_ failure: ServiceFailure) -> Bool {
    switch failure.code {
    // The last is of an object that is there already: the condition is looked at after the rights.
    case "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "NoSuchUpload", "key-conflict", "PreconditionFailed":
      true
    case "InvalidRequest": failure.message.contains("x-amz-mp-object-size")
    default: false
    }
  }

  private static func neverSent(_ uploadID: String, _ upload: ObjectUpload) -> MultipartProgress {
    let part = UploadedPart(etag: "d41d8cd98f00b204e9800998ecf8427e", sha256: upload.digest)
    return MultipartProgress(uploadID: uploadID, partSize: max(upload.size, 1), parts: [2: part])
  }
}
