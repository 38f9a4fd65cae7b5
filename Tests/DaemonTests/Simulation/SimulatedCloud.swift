import AWSClients
import AWSSigning
import DeliveryModel
import HTTPTransport

@testable import Daemon

/// S3 and DynamoDB of a simulation: what they hold, and what they answer. What must never be asked of them throws.
struct SimulatedCloud {
  struct Object: Equatable {
    var digest: SHA256Digest
    var version: String
  }

  struct Record: Equatable {
    /// 0 where the journal that had it was lost.
    var number: Int64
    /// It was found by a delivery of a later journal, which may have sent the object again.
    var isFound = false
    var digest: SHA256Digest
    var version: String?
  }

  struct Upload {
    var key: String
    var parts: [Int: SHA256Digest] = [:]
  }

  private(set) var objects: [String: [Object]] = [:]
  private(set) var uploads: [String: Upload] = [:]
  /// By object key and delivery id.
  private(set) var records: [String: Record] = [:]
  private let writesOnce: Bool
  private var counter = 0

  init(writesOnce: Bool) {
    self.writesOnce = writesOnce
  }

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
  mutating func perform(_ request: SimulatedRequest, content: UInt64) throws -> RequestDesk.Judged {
    guard let prepared = request.delivery.prepared else { throw Violation("\(request.action) before hashing") }
    switch request.action {
    case .putObject:
      guard SimulatedFolder.digest(of: content) == prepared.sha256 else {
        return .object(.failure(Self.failure(.s3, .rehash, "BadDigest")))
      }
      return .object(create(prepared.sha256, request, prepared))
    case .createMultipart:
      counter += 1
      uploads["u\(counter)"] = Upload(key: request.place)
      return .created(.success("u\(counter)"))
    case .uploadPart(_, let part): return .part(part, storePart(part, request, content))
    case .completeMultipart: return .completed(complete(request, prepared))
    case .putRecord: return .record(.success(try putRecord(request, prepared)))
    default: throw Violation("no request: \(request.action)")
    }
  }

  /// `If-None-Match: *` refuses to replace an object; what may be ours is taken for it.
  private mutating func create(
    _ digest: SHA256Digest, _ request: SimulatedRequest, _ prepared: PreparedDelivery
  ) -> Result<ObjectAcknowledgement, ServiceFailure> {
    let place = request.bucket + "/" + prepared.objectKey
    guard writesOnce, objects[place] != nil else { return .success(store(digest, at: place)) }
    guard request.mayBeThere else { return .failure(Self.failure(.s3, .item, "key-conflict")) }
    return .success(ObjectAcknowledgement(etag: "", versionID: nil))
  }

  private mutating func store(_ digest: SHA256Digest, at key: String) -> ObjectAcknowledgement {
    counter += 1
    objects[key, default: []].append(Object(digest: digest, version: "v\(counter)"))
    return ObjectAcknowledgement(etag: "\"\(counter)\"", versionID: "v\(counter)")
  }

  private mutating func storePart(
    _ part: Int, _ request: SimulatedRequest, _ content: UInt64
  ) -> Result<UploadedPart, ServiceFailure> {
    let digest = request.partDigests[part - 1]
    guard SimulatedFolder.digest(ofPart: part, of: content) == digest else {
      return .failure(Self.failure(.s3, .rehash, "BadDigest"))
    }
    guard let id = request.delivery.multipart?.uploadID, uploads[id]?.key == request.place else {
      return .failure(Self.failure(.s3, .restartUpload, "NoSuchUpload"))
    }
    uploads[id]?.parts[part] = digest
    return .success(UploadedPart(etag: "\"p\(part)\"", sha256: digest))
  }

  private mutating func complete(
    _ request: SimulatedRequest, _ prepared: PreparedDelivery
  ) -> Result<ObjectAcknowledgement, ServiceFailure> {
    guard let progress = request.delivery.multipart, let upload = uploads[progress.uploadID],
      upload.key == request.place
    else {
      return .failure(Self.failure(.s3, .restartUpload, "NoSuchUpload"))
    }
    guard upload.parts == progress.parts.mapValues(\.sha256) else {
      return .failure(Self.failure(.s3, .restartUpload, "InvalidPart"))
    }
    uploads[progress.uploadID] = nil
    // The object is what the parts are; only if all of them are of one content is it the delivery's.
    let whole = Dictionary(
      uniqueKeysWithValues: (1...3).map { ($0, SimulatedFolder.digest(ofPart: $0, of: request.contentHashed)) })
    let digest = upload.parts == whole ? prepared.sha256 : SHA256Digest(words: (0, 0, 0, 0))
    return create(digest, request, prepared)
  }

  /// `attribute_not_exists(object_key)`: an existing record is left as it is.
  private mutating func putRecord(
    _ request: SimulatedRequest, _ prepared: PreparedDelivery
  ) throws -> RecordAcknowledgement {
    let key = Self.recordKey(prepared)
    let version = request.delivery.receipt?.versionID
    guard holds(prepared, version: version) else {
      throw Violation("a record of delivery \(request.delivery.number) for an object that S3 does not hold so")
    }
    let record = Record(number: request.delivery.number, digest: prepared.sha256, version: version)
    guard let there = records[key] else {
      records[key] = record
      return .written
    }
    guard Self.isConditional else { throw Violation("a record is replaced: \(there) by \(record)") }
    let isSame = there.number == 0 || there.isFound && there.number == record.number || there == record
    guard isSame, there.digest == record.digest else {
      throw Violation("two records of one delivery: \(there), \(record)")
    }
    if there.number == 0 {
      records[key]?.number = record.number
      records[key]?.isFound = true
    }
    return .alreadyRecorded
  }

  static func recordKey(_ prepared: PreparedDelivery) -> String { prepared.objectKey + "#" + prepared.id.text }

  /// Whether the object is there, in that version where one is told.
  func holds(_ prepared: PreparedDelivery, version: String?) -> Bool {
    let versions = objects[prepared.bucket + "/" + prepared.objectKey] ?? []
    return versions.contains { $0.digest == prepared.sha256 && (version == nil || $0.version == version) }
  }

  /// The journal is lost: what is recorded will be found, by whichever delivery comes to it.
  mutating func forgetNumbers() {
    for key in records.keys { records[key]?.number = 0 }
  }

  /// S3 forgets every unfinished upload, as a lifecycle rule does.
  mutating func forgetUploads() { uploads = [:] }

  mutating func abort(_ uploadID: String) { uploads[uploadID] = nil }

  static func failure(_ lane: ServiceLane, _ failureClass: FailureClass, _ code: String) -> ServiceFailure {
    ServiceFailure(lane: lane, failureClass: failureClass, code: code, message: code)
  }
}

/// A request under way.
struct SimulatedRequest {
  var id: UInt64
  var action: DeliveryAction
  var delivery: Delivery
  var partDigests: [SHA256Digest]
  var content: SimulatedContent
  /// What was hashed.
  var contentHashed: UInt64
  /// Which credentials, and which correction of the clock, it is signed with.
  var credential: Int
  var clock: Int
  /// The configured bucket.
  var bucket: String
  var mayBeThere: Bool

  var place: String { bucket + "/" + (delivery.prepared?.objectKey ?? "") }

  var lane: ServiceLane { if case .putRecord = action { .dynamodb } else { .s3 } }

  /// The answer that it failed.
  func refused(_ failure: ServiceFailure) -> RequestDesk.Judged {
    switch action {
    case .createMultipart: .created(.failure(failure))
    case .uploadPart(_, let part): .part(part, .failure(failure))
    case .completeMultipart: .completed(.failure(failure))
    case .putRecord: .record(.failure(failure))
    default: .object(.failure(failure))
    }
  }
}

/// What a request sends: bytes held in memory, or whatever the open file holds by then.
enum SimulatedContent {
  case bytes(UInt64)
  case descriptor(inode: UInt64)
}
