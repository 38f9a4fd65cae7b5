import AWSClients
import AWSSigning
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
    /// S3 holds an object under this key that no attempt of ours is known to have made: waits for room on the DynamoDB lane
    /// to ask whose record it has.
    case questionReady(ServiceFailure)
    /// The question is under way.
    case asking(ServiceFailure)
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
    case .closing: delivery.state == .uploaded ? .dynamodb : .s3
    case .hashing, .rereading, .preparing, .uploadReady, .uploading, .multipart, .savingReceipt: .s3
    }
  }

  /// Whether nothing of it is under way.
  var isIdle: Bool {
    switch stage {
    case .uploadReady, .recordReady, .questionReady: true
    case .multipart: multipart?.isIdle != false
    default: false
    }
  }

  /// Whether a request of it is under way.
  var isAsking: Bool {
    switch stage {
    case .uploading, .recording, .asking: true
    case .multipart: multipart?.isIdle == false
    default: false
    }
  }

  /// Whether an object under the delivery's own key would be ours: its key has the delivery's id, which its content
  /// determines. A file that is as it was before the journal began may have been delivered under one that was lost.
  func mayBeThere(journalCreated: Timestamp) -> Bool {
    mayBeThere || delivery.attempts > 1 || delivery.wasBegunBefore
      || Timestamp(nanoseconds: delivery.file.identity.changed) < journalCreated
  }

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
