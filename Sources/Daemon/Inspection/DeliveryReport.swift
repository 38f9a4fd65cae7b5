import DeliveryJournal
package import DeliveryModel
import FoundationEssentials

/// A delivery as `--json` prints it: the fields of the record, and where it stands. The names are an interface.
package struct DeliveryReport: Codable, Sendable, Equatable {
  package var number: Int64
  package var state: String
  package var folder: String
  /// Where the folder was when it took the file up; nil where an earlier version did not note it.
  package var folderPath: String?
  package var sourcePath: String
  package var filename: String
  package var size: Int64
  package var owner: String?
  package var ownerUID: UInt32
  package var savedBy: String?
  package var savedFrom: String?
  package var savedBySource: String?
  package var host: String?
  package var bucket: String?
  package var objectKey: String?
  package var deliveryID: String?
  package var sha256: String?
  package var contentType: String?
  package var etag: String?
  package var versionID: String?
  package var receivedAt: String
  package var settledAt: String
  package var modifiedAt: String
  package var uploadedAt: String?
  package var loggedAt: String?
  package var folderDay: String?
  package var attempts: Int
  package var agent: String
  package var nextAttemptAt: String?
  package var lastError: String?
  package var settledBy: String
  package var bytesDone: Int64
  package var partsDone: Int
  package var partsTotal: Int
  /// With `queue show` only.
  package var attemptLog: [Attempt]?

  package struct Attempt: Codable, Sendable, Equatable {
    package var at: String
    package var state: String
    package var code: String
    package var message: String
    package var requestID: String?
    package var hostID: String?

    enum CodingKeys: String, CodingKey {
      case at, state, code, message
      case requestID = "request_id"
      case hostID = "host_id"
    }
  }

  enum CodingKeys: String, CodingKey {
    case number, state, folder, filename, size, owner, host, bucket, sha256, etag, attempts, agent
    case folderPath = "folder_path"
    case sourcePath = "source_path"
    case ownerUID = "owner_uid"
    case savedBy = "saved_by"
    case savedFrom = "saved_from"
    case savedBySource = "saved_by_source"
    case objectKey = "object_key"
    case deliveryID = "delivery_id"
    case contentType = "content_type"
    case versionID = "version_id"
    case receivedAt = "received_at"
    case settledAt = "settled_at"
    case modifiedAt = "modified_at"
    case uploadedAt = "uploaded_at"
    case loggedAt = "logged_at"
    case folderDay = "folder_day"
    case nextAttemptAt = "next_attempt_at"
    case lastError = "last_error"
    case settledBy = "settled_by"
    case bytesDone = "bytes_done"
    case partsDone = "parts_done"
    case partsTotal = "parts_total"
    case attemptLog = "attempt_log"
  }

  package init(_ delivery: Delivery) {
    let file = delivery.file
    number = delivery.number
    state = delivery.state.rawValue
    folder = file.folder
    folderPath = file.root.flatMap { $0.path.isEmpty ? nil : EscapedText.escape($0.path) }
    sourcePath = file.path.utf8Text ?? file.path.escaped
    filename = String(validating: file.path.name, as: UTF8.self) ?? EscapedText.escape(file.path.name)
    size = file.identity.size
    ownerUID = file.owner
    receivedAt = file.received.iso8601
    settledAt = file.settled.iso8601
    modifiedAt = file.identity.modifiedAt.iso8601
    attempts = delivery.attempts
    agent = Version.agent
    settledBy = file.evidence.rawValue
    lastError = delivery.lastError
    let progress = TransferProgress(delivery)
    (bytesDone, partsDone, partsTotal) = (progress.bytes, progress.parts, progress.total)
    nextAttemptAt = delivery.state.isOpen ? delivery.nextAttempt.iso8601 : nil
    describePrepared(delivery.prepared)
    describeAcknowledgements(delivery)
  }

  private mutating func describePrepared(_ prepared: PreparedDelivery?) {
    guard let prepared else { return }
    (owner, host, bucket) = (prepared.owner, prepared.host, prepared.bucket)
    (savedBy, savedFrom, savedBySource) = (prepared.saver?.user, prepared.saver?.address, prepared.saver?.source)
    objectKey = prepared.objectKey
    deliveryID = prepared.id.text
    sha256 = prepared.sha256?.hex
    contentType = prepared.contentType
  }

  private mutating func describeAcknowledgements(_ delivery: Delivery) {
    guard let receipt = delivery.receipt else { return }
    etag = receipt.etag
    versionID = receipt.versionID
    uploadedAt = receipt.uploaded.iso8601
    folderDay = folder + "#" + receipt.uploaded.date.iso8601
    loggedAt = delivery.logged?.iso8601
  }
}
