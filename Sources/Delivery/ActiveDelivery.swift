import AWSClients
import AWSSigning
import Cryptography
import DeliveryModel

/// A delivery that the engine holds in memory, between being loaded from the journal and being finished or let go.
struct ActiveDelivery: Sendable {
  /// What it waits for. Every move that must survive a crash waits for its journal commit.
  enum Stage: Sendable, Equatable {
    /// The file is being read and hashed.
    case hashing
    /// S3 received other bytes than were hashed: the file is read again, to see whether it changed.
    case rereading(ServiceFailure)
    /// The digest and the attempt are on their way into the journal.
    case preparing
    /// Waits for room on the S3 lane.
    case uploadReady
    /// The object's bytes are under way in one request.
    case uploading
    /// A multipart upload: see ``MultipartRun``.
    case multipart
    /// S3's acknowledgement is on its way into the journal.
    case savingReceipt
    /// Waits for room on the DynamoDB lane.
    case recordReady
    /// The record is under way.
    case recording
    /// Waits for room on the DynamoDB lane to ask for a record.
    case questionReady(DeliveryMachine.Question)
    /// The question is under way.
    case asking(DeliveryMachine.Question)
    /// Another id is on its way into the journal.
    case renaming
    /// The end of this attempt is on its way into the journal.
    case closing

    var isReading: Bool {
      switch self {
      case .hashing, .rereading: true
      default: false
      }
    }
  }

  var delivery: Delivery
  let loaded: ContinuousClock.Instant
  var stage: Stage
  /// Digests of the parts, for a file above the multipart threshold.
  var partDigests: [SHA256Digest] = []
  /// The CRC-64/NVME of each; empty where none was wanted.
  var partCRC64: [CRC64Checksum] = []
  /// What the upload that is being begun is verified by.
  var checksum = ChecksumAlgorithm.sha256
  /// MD5 of the content, or of each part, for a server that may name what it stored by nothing else.
  var md5: [MD5Digest] = []
  /// Bytes of each of these parts but the last; nil for a file that goes in one request.
  var partSize: Int64?
  var multipart: MultipartRun?
  /// What else it may be called; nil where that is settled.
  var identity: IdentityChoice?
  /// The request that begins an upload is under way, or its answer on its way into the journal.
  var isCreatingUpload = false
  /// While its upload has begun and its file is not known to the end.
  var ahead: AheadRun?
  /// What the present request was answered ("expired", "clock wrong"), mended, and sent again, each once.
  var repaired: Set<FailureClass> = []
  /// How often the present request was sent; the parts of a multipart upload have their own.
  var retry = StandardRetry()
  /// A request of this attempt ended without a certain answer: the object may be there.
  var mayBeThere = false
  /// Another state of the file came while it was read.
  var mustReread = false
  /// How often it was read again because it was touched meanwhile.
  var rereads = 0
  /// S3 was asked to join the parts, and nobody heard what came of it.
  var isCompletionUnanswered = false

  var folder: String { delivery.file.folder }

  /// The service that it waits for.
  var service: ServiceLane {
    switch stage {
    case .recordReady, .recording, .questionReady, .asking: .dynamodb
    case .closing, .renaming: delivery.state == .uploaded ? .dynamodb : .s3
    case .hashing, .rereading, .preparing, .uploadReady, .uploading, .multipart, .savingReceipt: .s3
    }
  }

  /// Whether nothing of it is under way.
  var isIdle: Bool {
    switch stage {
    case .uploadReady, .recordReady, .questionReady: true
    case .multipart: ahead == nil && !isCreatingUpload && multipart?.isIdle != false
    default: false
    }
  }

  /// Whether it is being read, be it that it is sent meanwhile.
  var isBeingRead: Bool { stage.isReading || ahead?.isSaving == false }

  /// Whether nothing of an upload is under way, its beginning included.
  var hasNothingUnderWay: Bool { stage == .multipart && !isCreatingUpload && multipart?.isIdle != false }

  /// Whether a request of it is under way.
  var isAsking: Bool {
    switch stage {
    case .uploading, .recording, .asking: true
    case .multipart: multipart?.isIdle == false
    default: false
    }
  }

  /// Whether an attempt of this very delivery may have made the object under its key, which has its id.
  var mayHaveObject: Bool { mayBeThere || delivery.attempts > 1 }

  /// The request succeeded: the next one is another.
  mutating func renewRequest() {
    repaired = []
    retry = StandardRetry()
  }

  /// Those of the parts by which an upload is verified.
  func checksums(of algorithm: ChecksumAlgorithm) -> [PartChecksum] {
    switch algorithm {
    case .sha256: partDigests.map { .sha256($0) }
    case .crc64nvme: partCRC64.map { .crc64nvme($0) }
    }
  }

  var path: PathKey { PathKey(folder: delivery.file.folder, path: delivery.file.path) }
}

extension ActiveDelivery {
  /// Nil for a file of which only a few may know: what a service said of it may name it.
  var toldPath: PathKey? { delivery.file.audience == .few ? nil : path }
}

extension ActiveDelivery {
  /// Where the record that is asked for would be.
  func key(of question: DeliveryMachine.Question) -> RecordKey? {
    switch question {
    case .formerRecord: identity?.former
    case .record, .conflict: delivery.prepared.map { RecordKey(id: $0.id, objectKey: $0.objectKey) }
    }
  }
}
