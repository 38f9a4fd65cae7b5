import AWSClients
import AWSSigning
import DaemonConfiguration
import DeliveryModel
import HTTPTransport
import SystemSupport

/// Tries every request that `run` sends, so that nothing of the staff's is touched and at most one small object is left.
struct OnlineTrial {
  /// What one request proved.
  struct Attempt {
    var subject: String
    var detail = ""
    var failure: ServiceFailure?
  }

  let configuration: Configuration
  let credentials: AWSCredentials
  let transport: CurlTransport
  /// The services' clock minus ours: requests are signed with it, as the daemon does.
  let offset: Duration

  /// The name of the object that the check leaves. Named once for all checks: with the condition that nothing is there,
  /// only the first one writes.
  static let key = "s3loggerd-check"

  private static let bytes = Array("Written by s3loggerd check --online to prove that s3:PutObject is allowed.\n".utf8)

  func run() async -> [Attempt] {
    var attempts = [await putObject(tags: .none, action: "s3:PutObject")]
    if let tags = configuration.folders.first(where: { !$0.tags.isEmpty })?.tags, attempts[0].failure == nil {
      attempts.append(
        await putObject(tags: ObjectTags(tags.map { ($0.name, $0.value) }), action: "s3:PutObjectTagging"))
    }
    if let encryption = configuration.upload.encryption, encryption != .s3, attempts[0].failure == nil {
      attempts.append(await uploadPart())
    }
    attempts.append(await putItem())
    return attempts
  }

  private var now: Timestamp { WallClock.now + offset }

  private func upload(tags: ObjectTags) -> ObjectUpload {
    ObjectUpload(
      key: Self.key, size: Int64(Self.bytes.count), sha256: SHA256.digest(of: Self.bytes), deliveryID: "check",
      sourcePath: RelativePath(unchecked: Array("check".utf8)), modified: now, host: HostName.current,
      contentType: "text/plain", tags: tags)
  }

  /// S3 offers no way to prove a right to write without writing; `If-None-Match` makes one write enough for ever. A
  /// refusal by the condition comes after that for want of a right.
  private func putObject(tags: ObjectTags, action: String) async -> Attempt {
    let upload = upload(tags: tags)
    var client = configuration.makeS3Client(writeOnce: true, answerTimeout: .seconds(30))
    let signedAt = now
    let request = client.putObject(upload, body: .bytes(Self.bytes), credentials: credentials, at: signedAt)
    let result = await perform(request)
    let judged = client.judgePutObject(result, upload: upload, attemptedBefore: true, signedAt: signedAt, now: now)
    let place = "arn:\(AWSPartition(of: configuration.aws.region).name):s3:::\(configuration.aws.bucket)/\(Self.key)"
    var attempt = Attempt(subject: "\(action) on \(place)")
    switch judged {
    case .success(let receipt):
      attempt.detail =
        receipt.alreadyThere
        ? "allowed; the object of an earlier check is there, nothing was written"
        : "allowed; this one small object stays, later checks write nothing"
    case .failure(let failure): attempt.failure = failure
    }
    return attempt
  }

  /// With a KMS key a part is encrypted with a data key that S3 first decrypts in our name.
  private func uploadPart() async -> Attempt {
    let key = configuration.upload.kmsKeyID ?? "the account's key for S3"
    var attempt = Attempt(subject: "kms:GenerateDataKey and kms:Decrypt on \(key), for uploads in parts")
    var client = configuration.makeS3Client(writeOnce: true, answerTimeout: .seconds(30))
    let upload = upload(tags: .none)
    var signedAt = now
    let created = client.createMultipartUpload(upload, credentials: credentials, at: signedAt)
    switch client.judgeCreateMultipartUpload(await perform(created), signedAt: signedAt, now: now) {
    case .failure(let failure): attempt.failure = failure
    case .success(let id):
      signedAt = now
      let part = client.uploadPart(
        1, of: id, key: Self.key, sha256: upload.sha256, body: .bytes(Self.bytes), credentials: credentials,
        at: signedAt)
      let result = await perform(part)
      attempt.failure =
        switch client.judgeUploadPart(result, sha256: upload.sha256, signedAt: signedAt, now: now) {
        case .failure(let failure): failure
        case .success: nil
        }
      // The role may have no right to this; then the bucket's rule clears the part.
      _ = await perform(client.abortMultipartUpload(id, key: Self.key, credentials: credentials, at: now))
    }
    attempt.detail = "allowed; the upload was not completed, the bucket's rule clears what may be left of it"
    return attempt
  }

  /// A conditional write whose condition cannot hold: allowed means refused by the condition, and nothing is written.
  private func putItem() async -> Attempt {
    var client = configuration.makeDynamoDBClient()
    let signedAt = now
    let result = await perform(client.probe(credentials: credentials, at: signedAt))
    var attempt = Attempt(subject: "dynamodb:PutItem on table \(configuration.aws.table)")
    switch client.judgeProbe(result, signedAt: signedAt, now: now) {
    case .success: attempt.detail = "allowed; nothing was written"
    case .failure(let failure): attempt.failure = failure
    }
    return attempt
  }

  private func perform(_ request: HTTPRequest) async -> Result<HTTPResponse, TransportError> {
    do throws(TransportError) {
      return .success(try await transport.perform(request))
    } catch {
      return .failure(error)
    }
  }
}
