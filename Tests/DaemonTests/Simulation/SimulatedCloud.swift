import DeliveryModel

@testable import Daemon

/// S3 and DynamoDB of a simulation: what they hold, and what they answer. What must never be asked of them throws.
struct SimulatedCloud {
  struct Object: Equatable {
    var digest: SHA256Digest
    var version: String
  }

  struct Record: Equatable {
    var number: Int64
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
  private var counter = 0

  /// Carries a request out, bytes checked as S3 does; the answer may still get lost on the way.
  mutating func perform(_ request: SimulatedRequest, content: UInt64) throws -> RequestDesk.Judged {
    guard let prepared = request.delivery.prepared else { throw Violation("\(request.action) before hashing") }
    switch request.action {
    case .putObject:
      guard SimulatedFolder.digest(of: content) == prepared.sha256 else {
        return .object(.failure(Self.failure(.s3, .rehash, "BadDigest")))
      }
      return .object(.success(store(prepared.sha256, at: prepared.objectKey)))
    case .createMultipart:
      counter += 1
      uploads["u\(counter)"] = Upload(key: prepared.objectKey)
      return .created(.success("u\(counter)"))
    case .uploadPart(_, let part): return .part(part, storePart(part, request, content))
    case .completeMultipart: return .completed(complete(request, prepared))
    case .putRecord: return .record(.success(try putRecord(request, prepared)))
    default: throw Violation("no request: \(request.action)")
    }
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
    guard let id = request.delivery.multipart?.uploadID, uploads[id] != nil else {
      return .failure(Self.failure(.s3, .restartUpload, "NoSuchUpload"))
    }
    uploads[id]?.parts[part] = digest
    return .success(UploadedPart(etag: "\"p\(part)\"", sha256: digest))
  }

  private mutating func complete(
    _ request: SimulatedRequest, _ prepared: PreparedDelivery
  ) -> Result<ObjectAcknowledgement, ServiceFailure> {
    guard let progress = request.delivery.multipart, let upload = uploads[progress.uploadID] else {
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
    return .success(store(digest, at: prepared.objectKey))
  }

  /// `attribute_not_exists(object_key)`: an existing record is left as it is.
  private mutating func putRecord(
    _ request: SimulatedRequest, _ prepared: PreparedDelivery
  ) throws -> RecordAcknowledgement {
    let key = prepared.objectKey + "#" + prepared.id.text
    let version = request.delivery.receipt?.versionID
    guard objects[prepared.objectKey]?.contains(Object(digest: prepared.sha256, version: version ?? "")) == true else {
      throw Violation("a record of delivery \(request.delivery.number) for an object that S3 does not hold so")
    }
    let record = Record(number: request.delivery.number, digest: prepared.sha256, version: version)
    if let there = records[key] {
      guard there == record else { throw Violation("two records of one delivery: \(there), \(record)") }
      return .alreadyRecorded
    }
    records[key] = record
    return .written
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
