/// One version of one file on its way, as the journal holds it.
package struct Delivery: Sendable, Equatable {
  /// The journal's own number: what a person types.
  package var number: Int64
  package var file: SettledFile
  package var state: DeliveryState
  /// Set once the content is hashed.
  package var prepared: PreparedDelivery?
  /// Set once S3 acknowledged the object.
  package var receipt: UploadReceipt?
  /// When DynamoDB acknowledged the record.
  package var logged: Timestamp?
  /// Attempts begun so far, counted durably before each begins.
  package var attempts: Int
  /// Attempts that failed since it last came on: the next pause grows with them.
  package var failures: Int
  /// Ends of the daemon while it worked on this file; see ``strikeLimit``.
  package var strikes: Int
  /// How often it has to be sent anew, from its first byte, since S3 had it last: the next pause grows with them.
  package var restarts: Int
  /// Not to be tried before this moment.
  package var nextAttempt: Timestamp
  /// The last failure in plain words, escaped; nil if none.
  package var lastError: String?
  /// A multipart upload under way.
  package var multipart: MultipartProgress?
  /// Of the content that was hashed, for a file that goes in parts.
  package var digests: PartDigests?
  /// The newest finished delivery of the same path, as it was when this one was loaded.
  package var previous: PreviousDelivery?
  /// Digests of the contents that earlier deliveries of the path had, as far as the journal was searched.
  package var formerContents: Set<SHA256Digest>
  /// What the first scan under this journal found at the path, if that was not delivered and nothing has been since.
  package var scanned = ScannedContent.none
  /// Whether its file was seen gone since: what stands there now is another arrival.
  package var isGone = false
  /// Whether a later state of the file is a delivery of its own: one that has this content again is not this one.
  package var isSuperseded = false
  /// Nil for one whose id a version before fixed.
  package var arrival: ArrivalID?
  /// Whether the table was asked for its record before anything was sent, and had none.
  package var wasAsked: Bool
  /// What was found about the file; nil for nothing.
  package var verdict: Verdict?
  /// Whether its content is read though its digest is known: S3 received other bytes.
  package var isReadAnew = false

  package init(
    number: Int64, file: SettledFile, state: DeliveryState = .pending, prepared: PreparedDelivery? = nil,
    receipt: UploadReceipt? = nil, logged: Timestamp? = nil, attempts: Int = 0, failures: Int = 0, strikes: Int = 0,
    restarts: Int = 0, nextAttempt: Timestamp, lastError: String? = nil, multipart: MultipartProgress? = nil,
    previous: PreviousDelivery? = nil, verdict: Verdict? = nil, arrival: ArrivalID? = nil
  ) {
    self.number = number
    self.file = file
    self.state = state
    self.prepared = prepared
    self.receipt = receipt
    self.logged = logged
    self.attempts = attempts
    self.failures = failures
    self.strikes = strikes
    self.restarts = restarts
    self.nextAttempt = nextAttempt
    self.lastError = lastError
    self.multipart = multipart
    self.previous = previous
    self.verdict = verdict
    self.arrival = arrival
    formerContents = []
    wasAsked = false
  }
}

/// What the first scan under a journal found at a path, before the file was touched or saved again.
package enum ScannedContent: Sendable, Equatable {
  case none
  /// Nobody knows what was in it.
  case unread
  case content(SHA256Digest)
}

extension Delivery {
  /// Whether the first scan under this journal found this content here.
  package var isFromFirstScan: Bool {
    if file.discovery == .firstScan { return true }
    switch scanned {
    case .none: return false
    case .unread: return true
    case .content(let digest): return digest == prepared?.sha256
    }
  }

  /// So many ends of the daemon while it worked on this one file park it. Reaching S3, or a person's order to try
  /// again, begins the count anew. What a service says never counts: a file is no worse for a proxy or a server that lost
  /// its upload.
  package static let strikeLimit = 3

  /// The state that it is in once somebody has ordered a retry of it: a refused file that only lacks its record has nothing
  /// to upload.
  package var stateOnceRetried: DeliveryState {
    receipt == nil && (verdict?.isRejected != true || state == .rejected) ? .pending : .uploaded
  }
}

/// What was delivered last from the same path.
package struct PreviousDelivery: Sendable, Equatable {
  package var number: Int64
  package var sha256: SHA256Digest
  /// Whether it has its record: else S3 has it, and the record waits.
  package var isRecorded: Bool
  /// Whether the file was taken away since, or another content was there: what stands there now is another arrival, whatever
  /// its content is.
  package var isGone: Bool

  package init(number: Int64, sha256: SHA256Digest, isRecorded: Bool = true, isGone: Bool = false) {
    self.number = number
    self.sha256 = sha256
    self.isRecorded = isRecorded
    self.isGone = isGone
  }
}

/// What is fixed about a delivery once its content is hashed: every later request is a function of it.
package struct PreparedDelivery: Sendable, Equatable {
  /// Nil for a refused file that was not read.
  package var sha256: SHA256Digest?
  package var id: DeliveryID
  package var bucket: String
  package var objectKey: String
  package var contentType: String
  /// The owner's name, or the number where the system knows none.
  package var owner: String
  package var host: String
  /// Who saved it last, where the folder asks for that and it was known then.
  package var saver: FileSaver?

  package init(
    sha256: SHA256Digest?, id: DeliveryID, bucket: String, objectKey: String, contentType: String, owner: String,
    host: String, saver: FileSaver? = nil
  ) {
    self.sha256 = sha256
    self.id = id
    self.bucket = bucket
    self.objectKey = objectKey
    self.contentType = contentType
    self.owner = owner
    self.host = host
    self.saver = saver
  }
}

/// S3's acknowledgement of an object.
package struct UploadReceipt: Sendable, Equatable {
  package var etag: String
  /// Nil where the bucket is not versioned or the answer was lost.
  package var versionID: String?
  package var uploaded: Timestamp
  /// Of the whole object, as S3 keeps it; nil where it keeps none.
  package var crc64: CRC64Checksum?

  package init(etag: String, versionID: String?, uploaded: Timestamp, crc64: CRC64Checksum? = nil) {
    self.etag = etag
    self.versionID = versionID
    self.uploaded = uploaded
    self.crc64 = crc64
  }
}

/// A multipart upload as the journal holds it, enough to resume it after a restart.
package struct MultipartProgress: Sendable, Equatable {
  package var uploadID: String
  /// Bytes of every part but the last.
  package var partSize: Int64
  /// What it was begun with, and every part has to be verified by.
  package var checksum: ChecksumAlgorithm
  /// What it is of, where it was begun before the digest of the whole was known.
  package var target: UploadTarget?
  /// The parts that S3 acknowledged, by number (from 1).
  package var parts: [Int: UploadedPart]

  package init(
    uploadID: String, partSize: Int64, checksum: ChecksumAlgorithm = .sha256, target: UploadTarget? = nil,
    parts: [Int: UploadedPart] = [:]
  ) {
    self.target = target
    self.uploadID = uploadID
    self.partSize = partSize
    self.checksum = checksum
    self.parts = parts
  }
}

/// What of an object is known before all of its content is.
package struct UploadTarget: Sendable, Hashable {
  package var bucket: String
  package var objectKey: String
  package var contentType: String
  package var owner: String
  package var host: String

  package init(bucket: String, objectKey: String, contentType: String, owner: String, host: String) {
    self.bucket = bucket
    self.objectKey = objectKey
    self.contentType = contentType
    self.owner = owner
    self.host = host
  }

  /// Whether an upload to it makes the object that `prepared` says.
  package func isOf(_ prepared: PreparedDelivery) -> Bool {
    bucket == prepared.bucket && objectKey == prepared.objectKey && contentType == prepared.contentType
      && host == prepared.host
  }
}

/// S3's acknowledgement of one part.
package struct UploadedPart: Sendable, Equatable {
  package var etag: String
  package var checksum: PartChecksum

  package init(etag: String, checksum: PartChecksum) {
    self.etag = etag
    self.checksum = checksum
  }

  package init(etag: String, sha256: SHA256Digest) { self.init(etag: etag, checksum: .sha256(sha256)) }
}
