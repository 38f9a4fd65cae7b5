import AWSClients
import AWSSigning
import DeliveryModel
import HTTPTransport
import TestFixtures

@testable import Delivery

/// S3 and DynamoDB of a simulation: what they hold, and what they answer. What must never be asked of them throws.
struct SimulatedCloud {
  struct Object: Equatable {
    var digest: SHA256Digest
    var version: String
  }

  struct Record: Equatable {
    var path: RelativePath
    var arrival: ArrivalID?
    var digest: SHA256Digest?
    var bucket: String
    var version: String?
    var uploaded: Timestamp
  }

  struct Upload {
    var key: String
    var checksum = ChecksumAlgorithm.sha256
    var parts: [Int: UploadedPart] = [:]
    /// What it became, where S3 remembers: completed again, it answers the same.
    var object: ObjectAcknowledgement?
  }

  private struct Place: Hashable {
    var objectKey: String
    var id: DeliveryID
  }

  private(set) var objects: [String: [Object]] = [:]
  private(set) var uploads: [String: Upload] = [:]
  private var recorded: [Place: Record] = [:]
  private let writesOnce: Bool
  /// Whether S3 remembers uploads that it completed. AWS does, others answer that there is no such upload.
  private let completesAgain: Bool
  private let checksums: SimulatedChecksums
  private var counter = 0

  init(writesOnce: Bool, completesAgain: Bool, checksums: SimulatedChecksums = .unused) {
    self.checksums = checksums
    self.writesOnce = writesOnce
    self.completesAgain = completesAgain
  }

  var records: some Collection<Record> { recorded.values }

  /// Whether the product's own request leaves a record that is there as it is.
  private static let isConditional: Bool = {
    var client = DynamoDBClient(endpoint: ServiceEndpoint(of: .dynamodb, region: "r"), region: "r", table: "t")
    guard let record = DeliveryRecord(of: Fixture.uploaded(), agent: "") else { return false }
    let credentials = AWSCredentials(accessKeyID: "a", secretAccessKey: "s")
    let request = client.putItem(record, credentials: credentials, at: Fixture.wall)
    guard case .bytes(let body) = request.body else { return false }
    return String(decoding: body, as: UTF8.self).contains("attribute_not_exists(object_key)")
  }()

  /// Carries a request out, bytes checked as S3 does; the answer may still get lost on the way.
  mutating func perform(_ request: SimulatedRequest, content: UInt64) throws -> RequestBuilder.Judged {
    switch request.action {
    case .createMultipart:
      if checksums == .refused, request.checksum == .crc64nvme { return request.refused(.unknownHeader) }
      counter += 1
      uploads["u\(counter)"] = Upload(key: request.place, checksum: request.checksum)
      return .created(.success("u\(counter)"))
    case .uploadPart(_, let part): return storePart(part, request, content)
    default: break
    }
    guard let prepared = request.delivery.prepared else { throw Violation("\(request.action) before hashing") }
    switch request.action {
    case .putObject:
      let digest = SimulatedFolder.digest(of: content)
      guard digest == prepared.sha256 else { return request.refused(.otherBytes) }
      return create(digest, request)
    case .completeMultipart: return try complete(request, prepared)
    case .putRecord: return try putRecord(request, prepared)
    case .askForRecord(_, let key):
      let there = recorded[Place(objectKey: key.objectKey, id: key.id)]
      return .recordFound(.success(there.map { shown($0, request) }))
    default: throw Violation("no request: \(request.action)")
    }
  }

  /// `If-None-Match: *` refuses to replace an object.
  private mutating func create(_ digest: SHA256Digest, _ request: SimulatedRequest) -> RequestBuilder.Judged {
    if writesOnce, objects[request.place] != nil { return request.refused(.preconditionFailed) }
    let object = store(digest, at: request.place)
    if case .completeMultipart = request.action { return .completed(.success(object)) }
    return .object(.success(object))
  }

  private mutating func store(_ digest: SHA256Digest, at key: String) -> ObjectAcknowledgement {
    counter += 1
    objects[key, default: []].append(Object(digest: digest, version: "v\(counter)"))
    return ObjectAcknowledgement(etag: "e\(counter)", versionID: "v\(counter)")
  }

  /// The ETag is the content's, as in S3.
  private mutating func storePart(_ part: Int, _ request: SimulatedRequest, _ content: UInt64) -> RequestBuilder.Judged
  {
    let algorithm = request.delivery.multipart?.checksum ?? .sha256
    let checksum = Self.checksum(algorithm, ofPart: part, of: request.contentHashed)
    guard Self.checksum(algorithm, ofPart: part, of: content) == checksum else { return request.refused(.otherBytes) }
    guard let id = request.delivery.multipart?.uploadID, let upload = uploads[id], upload.key == request.place,
      upload.object == nil, upload.checksum == algorithm
    else { return request.refused(.noSuchUpload) }
    if algorithm == .crc64nvme, checksums == .ignored { return request.refused(.noEcho) }
    let stored = UploadedPart(etag: "\(content).\(part)", checksum: checksum)
    uploads[id]?.parts[part] = stored
    return .part(part, .success(stored))
  }

  private mutating func complete(
    _ request: SimulatedRequest, _ prepared: PreparedDelivery
  ) throws -> RequestBuilder.Judged {
    guard let progress = request.delivery.multipart, let upload = uploads[progress.uploadID],
      upload.key == request.place
    else { return request.refused(.noSuchUpload) }
    if let object = upload.object { return .completed(.success(object)) }
    guard upload.parts == progress.parts else {
      throw Violation("an upload is completed of \(progress.parts), and S3 holds \(upload.parts)")
    }
    // The object is what the parts are; only if all of them are of one content is it the delivery's.
    let isWhole = upload.parts.allSatisfy { part, stored in
      stored.checksum == Self.checksum(upload.checksum, ofPart: part, of: request.contentHashed)
    }
    let digest = isWhole ? prepared.sha256 : nil
    let judged = create(digest ?? SHA256Digest(words: (0, 0, 0, 0)), request)
    guard case .completed(.success(var object)) = judged, objects[request.place]?.last?.version == object.versionID
    else { return judged }
    if upload.checksum == .crc64nvme { object.crc64 = CRC64Checksum(request.contentHashed) }
    uploads[progress.uploadID] =
      completesAgain ? Upload(key: upload.key, checksum: upload.checksum, object: object) : nil
    return .completed(.success(object))
  }

  static func checksum(_ algorithm: ChecksumAlgorithm, ofPart part: Int, of content: UInt64) -> PartChecksum {
    switch algorithm {
    case .sha256: .sha256(SimulatedFolder.digest(ofPart: part, of: content))
    case .crc64nvme: .crc64nvme(SimulatedFolder.crc64(ofPart: part, of: content))
    }
  }

  /// `attribute_not_exists(object_key)`: an existing record is left as it is.
  private mutating func putRecord(
    _ request: SimulatedRequest, _ prepared: PreparedDelivery
  ) throws -> RequestBuilder.Judged {
    let version = request.delivery.receipt?.versionID
    guard holds(prepared, version: version) else {
      throw Violation("a record of delivery \(request.delivery.number) for an object that S3 does not hold so")
    }
    let key = Place(objectKey: prepared.objectKey, id: prepared.id)
    guard let there = recorded[key] else {
      let record = Record(
        path: request.delivery.file.path, arrival: request.delivery.arrival, digest: prepared.sha256,
        bucket: prepared.bucket,
        version: version,
        uploaded: request.delivery.receipt?.uploaded ?? Fixture.wall)
      recorded[key] = record
      return .record(.success(.written), RecordedItem(attributes: shown(record, request).attributes))
    }
    guard Self.isConditional else { throw Violation("a record is replaced: \(there)") }
    guard there.digest == prepared.sha256 else { throw Violation("one id of two contents: \(there)") }
    return .record(.success(.found(shown(there, request))))
  }

  /// A record as the table shows it to somebody who has a file of the same size.
  private func shown(_ record: Record, _ request: SimulatedRequest) -> StoredRecord {
    var attributes: [String: StoredRecord.Value] = [
      "sha256": .text(record.digest?.hex ?? ""), "size": .number(String(request.delivery.file.identity.size)),
      "etag": .text("e"), "folder": .text(SimulatedFolder.folder(of: record.path)),
      "source_path": .text(DeliveryRecord.text(of: record.path)), "uploaded_at": .text(record.uploaded.iso8601),
      "bucket": .text(record.bucket),
    ]
    if let arrival = record.arrival { attributes["arrival"] = .text(arrival.text) }
    if let version = record.version { attributes["version_id"] = .text(version) }
    return StoredRecord(attributes: attributes)
  }

  /// The record under this id.
  func record(of prepared: PreparedDelivery) -> Record? {
    recorded[Place(objectKey: prepared.objectKey, id: prepared.id)]
  }

  /// Whether the object is there, in that version where one is told.
  func holds(_ prepared: PreparedDelivery, version: String?) -> Bool {
    let versions = objects[prepared.bucket + "/" + prepared.objectKey] ?? []
    return versions.contains { $0.digest == prepared.sha256 && (version == nil || $0.version == version) }
  }

  /// S3 forgets every unfinished upload, as a lifecycle rule does.
  mutating func forgetUploads() { uploads = uploads.filter { $0.value.object != nil } }

  mutating func abort(_ uploadID: String) {
    if uploads[uploadID]?.object == nil { uploads[uploadID] = nil }
  }
}

/// A request under way.
struct SimulatedRequest {
  var id: UInt64
  var action: DeliveryAction
  var delivery: Delivery
  /// What an upload is begun with.
  var checksum: ChecksumAlgorithm
  var content: SimulatedContent
  /// What was hashed.
  var contentHashed: UInt64
  /// Which credentials, and which correction of the clock, it is signed with.
  var credential: Int
  var clock: Int
  /// The configured bucket.
  var bucket: String
  var mayBeThere: Bool
  /// Whether its lane was paused when it was sent, and has been since.
  var isProbe = false
  /// The same of the whole service.
  var isServiceProbe = false

  /// Bucket and key.
  var place: String

  var lane: ServiceLane {
    switch action {
    case .putRecord, .askForRecord: .dynamodb
    default: .s3
    }
  }

  /// Whether it makes an object.
  var isCreate: Bool {
    switch action {
    case .putObject, .completeMultipart: true
    default: false
    }
  }

  /// The answer that it failed.
  func refused(_ trouble: ServiceTrouble) -> RequestBuilder.Judged { trouble.judged(action, mayBeThere: mayBeThere) }
}

/// What a request sends: bytes held in memory, or whatever the open file holds by then.
enum SimulatedContent {
  case bytes(UInt64)
  case descriptor(inode: UInt64)
}
