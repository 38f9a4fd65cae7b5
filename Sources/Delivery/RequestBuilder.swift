import AWSClients
import AWSSigning
import ConfiguredClients
import Cryptography
import DaemonConfiguration
import DeliveryModel
import HTTPTransport

/// Turns what the machine asks for into signed requests, and answers back into what the machine understands.
package struct RequestBuilder {
  /// A request under way: the action it carries out, and what its answer is judged by.
  private struct InFlight {
    var action: DeliveryAction
    var delivery: Delivery
    /// Of the part, where it is one.
    var checksum: PartChecksum?
    var md5: [MD5Digest]
    var signedAt: Timestamp
    var credentials: AWSCredentials
    /// What was added to our clock.
    var clockOffset: Duration
    /// Whether an earlier request of this very delivery may have created the object.
    var mayBeThere: Bool
  }

  var credentials: AWSCredentials? {
    didSet {
      areCredentialsRefused = false
      areCredentialsDoubted = false
    }
  }
  /// A service refused the present credentials. Answers to what was signed with earlier ones arrive after a renewal too,
  /// and tell nothing of the new ones.
  private(set) var areCredentialsRefused = false
  /// A service refused what was signed with the present ones in a way that others might not meet.
  private(set) var areCredentialsDoubted = false
  /// The services' clock minus ours, once one of them complained.
  var clockOffset: Duration = .zero
  private var s3: S3Client
  private var dynamodb: DynamoDBClient
  /// The folders' tags, in the form of their header.
  private var tags: [String: ObjectTags]
  private var inFlight: [UInt64: InFlight] = [:]

  /// Whether a record that was written is handed on with its attributes.
  private var keepsLedger: Bool

  /// How many answers were judged.
  private(set) var answerCount = 0

  init(settings: EngineSettings) {
    s3 = settings.configuration.makeS3Client()
    dynamodb = settings.configuration.makeDynamoDBClient()
    tags = settings.configuration.objectTags
    keepsLedger = settings.configuration.custody != nil
  }

  var inFlightCount: Int { inFlight.count }

  var inFlightIDs: [UInt64] { Array(inFlight.keys) }

  mutating func reconfigure(_ new: EngineSettings) {
    let next = new.configuration.makeS3Client()
    // What the answers of this very endpoint and bucket have shown stays known.
    s3 = next.place == s3.place ? new.configuration.makeS3Client(proof: s3.proof) : next
    dynamodb = new.configuration.makeDynamoDBClient()
    tags = new.configuration.objectTags
    keepsLedger = new.configuration.custody != nil
  }

  /// What S3's answers have to show: where they may be believed by the MD5 of what was sent alone, it has to be known.
  var proof: UploadProof { s3.proof }

  func areCredentialsExpired(at now: Timestamp) -> Bool {
    guard let expiration = credentials?.expiration else { return false }
    return expiration <= now
  }

  // MARK: Requests

  /// The signed request for an action; nil where what it needs is gone (the delivery was let go meanwhile).
  mutating func exchange(
    for action: DeliveryAction, _ active: ActiveDelivery?, _ content: FileContent?, memory: BodyMemory? = nil,
    at wall: Timestamp
  ) -> HTTPExchange? {
    guard let credentials, let active, let id = Self.identifier(of: action) else { return nil }
    let signedAt = wall + clockOffset
    guard let request = request(for: action, active, content, memory, credentials, signedAt) else { return nil }
    inFlight[id] = InFlight(
      action: action, delivery: active.delivery, checksum: Self.checksum(for: action, active), md5: active.md5,
      signedAt: signedAt,
      credentials: credentials, clockOffset: clockOffset,
      mayBeThere: active.mayHaveObject)
    return HTTPExchange(id: id, request: request)
  }

  private mutating func request(
    for action: DeliveryAction, _ active: ActiveDelivery, _ content: FileContent?, _ memory: BodyMemory?,
    _ credentials: AWSCredentials, _ signedAt: Timestamp
  ) -> HTTPRequest? {
    let delivery = active.delivery
    let target = active.ahead?.target ?? delivery.multipart?.target
    guard let key = delivery.prepared?.objectKey ?? target?.objectKey else { return nil }
    // What was refused unread can be no object, and has a record all the same.
    let tags = tags[delivery.file.folder] ?? .none
    let upload =
      ObjectUpload(delivery, tags: tags) ?? active.ahead.map { ObjectUpload(delivery, $0.target, tags: tags) }
    switch action {
    case .putObject:
      guard let upload, let body = content?.body(size: upload.size) else { return nil }
      return s3.putObject(upload, body: body, credentials: credentials, at: signedAt)
    case .createMultipart:
      return upload.map {
        s3.createMultipartUpload($0, checksum: active.checksum, credentials: credentials, at: signedAt)
      }
    case .uploadPart(_, let number):
      guard let part = part(number, of: active) else { return nil }
      if let memory {
        return s3.uploadPart(
          number, of: part.uploadID, key: key, checksum: part.checksum,
          payload: payload(part.digest, memory, isSigned: active.multipart?.signed.contains(number) == true),
          body: .memory(memory), credentials: credentials, at: signedAt)
      }
      guard let content, part.digest != PartDigests.unknown else { return nil }
      let range = part.plan.range(ofPart: number)
      return s3.uploadPart(
        number, of: part.uploadID, key: key, checksum: part.checksum, payload: .digest(part.digest),
        body: content.body(offset: range.offset, length: range.length), credentials: credentials, at: signedAt)
    case .completeMultipart:
      guard let upload, let multipart = delivery.multipart else { return nil }
      return s3.completeMultipartUpload(
        upload, progress: multipart, credentials: credentials, at: signedAt)
    case .abortMultipart(_, let uploadID):
      return s3.abortMultipartUpload(uploadID, key: key, credentials: credentials, at: signedAt)
    case .putRecord:
      guard let record = DeliveryRecord(of: delivery, agent: Version.agent) else { return nil }
      return dynamodb.putItem(record, credentials: credentials, at: signedAt)
    case .askForRecord(_, let key):
      return dynamodb.askForRecord(
        objectKey: key.objectKey, deliveryID: key.id.text, credentials: credentials, at: signedAt)
    case .hash, .commit, .releasePart, .letGoOfReading, .releaseContent, .resettle, .refreshCredentials, .adjustClock,
      .note:
      return nil
    }
  }

  private func part(
    _ number: Int, of active: ActiveDelivery
  ) -> (plan: MultipartPlan, uploadID: String, digest: SHA256Digest, checksum: PartChecksum)? {
    guard let run = active.multipart, let multipart = active.delivery.multipart,
      number <= active.partDigests.count,
      let checksum = Self.checksum(for: .uploadPart(active.delivery.number, part: number), active)
    else { return nil }
    return (run.plan, multipart.uploadID, active.partDigests[number - 1], checksum)
  }

  /// What a part is verified by: what its upload was begun with.
  private static func checksum(for action: DeliveryAction, _ active: ActiveDelivery) -> PartChecksum? {
    guard case .uploadPart(_, let part) = action, let multipart = active.delivery.multipart else { return nil }
    switch multipart.checksum {
    case .sha256: return part <= active.partDigests.count ? .sha256(active.partDigests[part - 1]) : nil
    case .crc64nvme: return part <= active.partCRC64.count ? .crc64nvme(active.partCRC64[part - 1]) : nil
    }
  }

  /// A body that is sent from the very memory that was hashed goes unsigned over TLS, where its CRC-64/NVME is verified.
  private func payload(_ digest: SHA256Digest, _ memory: BodyMemory, isSigned: Bool) -> PayloadHash {
    if digest != PartDigests.unknown { return .digest(digest) }
    return s3.isOverTLS && !isSigned ? .unsigned : .digest(SHA256.digest(of: memory.bytes))
  }

  // MARK: Answers

  /// Judges an answer; nil for one that nobody waits for. `wall` is our own clock.
  mutating func judge(_ completion: HTTPCompletion, now wall: Timestamp) -> Judged? {
    guard let request = inFlight.removeValue(forKey: completion.id) else { return nil }
    answerCount += 1
    let judged = judge(completion.result, request, now: wall + request.clockOffset)
    if let failure = judged?.failure, request.credentials == credentials {
      if failure.failureClass == .refresh { areCredentialsRefused = true }
      if failure.doubtsCredentials { areCredentialsDoubted = true }
    }
    return judged?.correcting(by: request.clockOffset)
  }

  /// `now` is by the clock that the request was signed with.
  private mutating func judge(
    _ result: Result<HTTPResponse, TransportError>, _ request: InFlight, now: Timestamp
  ) -> Judged? {
    let (delivery, signedAt) = (request.delivery, request.signedAt)
    let upload = ObjectUpload(delivery)
    switch request.action {
    case .putObject:
      guard let upload else { return nil }
      let judged = s3.judgePutObject(
        result, upload: upload, md5: request.md5.first, attemptedBefore: request.mayBeThere, signedAt: signedAt,
        now: now)
      return .object(judged.map(ObjectAcknowledgement.init))
    case .createMultipart:
      return .created(s3.judgeCreateMultipartUpload(result, signedAt: signedAt, now: now))
    case .uploadPart(_, let number):
      guard let checksum = request.checksum else { return nil }
      let md5 = number <= request.md5.count ? request.md5[number - 1] : nil
      let judged = s3.judgeUploadPart(
        result, checksum: checksum, md5: md5, signedAt: signedAt, now: now)
      return .part(number, judged)
    case .completeMultipart:
      guard let upload, let progress = delivery.multipart else { return nil }
      let judged = s3.judgeCompleteMultipartUpload(
        result, upload: upload, progress: progress, attemptedBefore: request.mayBeThere, signedAt: signedAt, now: now)
      return .completed(judged.map(ObjectAcknowledgement.init))
    case .putRecord:
      guard let record = DeliveryRecord(of: delivery, agent: Version.agent) else { return nil }
      let judged = dynamodb.judgePutItem(result, record: record, signedAt: signedAt, now: now)
      return .record(judged, keepsLedger && judged == .success(.written) ? record.item : nil)
    case .askForRecord(_, let key):
      return .recordFound(
        dynamodb.judgeRecord(
          result, objectKey: key.objectKey, deliveryID: key.id.text, signedAt: signedAt, now: now))
    case .abortMultipart, .hash, .commit, .releasePart, .letGoOfReading, .releaseContent, .resettle,
      .refreshCredentials, .adjustClock, .note:
      return .aborted
    }
  }
}

extension RequestBuilder {
  /// The transport's id of an action's request: the delivery's number and which of its requests it is.
  static func identifier(of action: DeliveryAction) -> UInt64? {
    switch action {
    case .putObject(let number): identifier(number, 0)
    case .createMultipart(let number): identifier(number, 1)
    case .completeMultipart(let number): identifier(number, 2)
    case .abortMultipart(let number, _): identifier(number, 3)
    case .putRecord(let number): identifier(number, 4)
    case .askForRecord(let number, _): identifier(number, 5)
    case .uploadPart(let number, let part): identifier(number, 16 + UInt64(part))
    case .hash, .commit, .releasePart, .letGoOfReading, .releaseContent, .resettle, .refreshCredentials, .adjustClock,
      .note:
      nil
    }
  }

  /// Whether the request was ended by ourselves.
  static func isCancelled(_ completion: HTTPCompletion) -> Bool {
    if case .failure(let error) = completion.result { error.kind == .cancelled } else { false }
  }

  /// The delivery that an id belongs to.
  package static func number(of identifier: UInt64) -> Int64 { Int64(identifier >> kindBits) }

  private static func identifier(_ number: Int64, _ kind: UInt64) -> UInt64 { UInt64(number) << kindBits | kind }

  /// Room for 16 kinds and 10,000 parts.
  private static let kindBits: UInt64 = 14
}

extension ObjectUpload {
  /// What is sent to S3 about a delivery; nil before it is hashed, and for one that was refused unread.
  init?(_ delivery: Delivery, tags: ObjectTags = .none) {
    guard let prepared = delivery.prepared, let digest = prepared.sha256 else { return nil }
    self.init(
      key: prepared.objectKey, size: delivery.file.identity.size, sha256: digest,
      deliveryID: prepared.id.text, arrival: delivery.arrival?.text ?? "", sourcePath: delivery.file.path,
      modified: delivery.file.identity.modifiedAt, host: prepared.host,
      contentType: prepared.contentType, tags: tags)
  }
}

extension ObjectUpload {
  /// What is sent to S3 about a file that is not read to its end yet.
  init(_ delivery: Delivery, _ target: UploadTarget, tags: ObjectTags) {
    self.init(
      key: target.objectKey, size: delivery.file.identity.size, sha256: nil, deliveryID: "",
      arrival: delivery.arrival?.text ?? "", sourcePath: delivery.file.path,
      modified: delivery.file.identity.modifiedAt, host: target.host,
      contentType: target.contentType, tags: tags)
  }
}

extension ObjectAcknowledgement {
  init(_ receipt: ObjectReceipt) {
    self.init(etag: receipt.etag, versionID: receipt.versionID, crc64: receipt.crc64)
  }
}
