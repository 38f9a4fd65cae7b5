import AWSClients
import DaemonConfiguration
import DeliveryModel

/// What differs between a record and the object that it is about.
struct ObjectComparison {
  let record: StoredRecord
  /// Nil where S3 has no such object.
  let object: StoredObject?
  /// What the configuration says about every object.
  let expected: UploadSettings

  static let missing = "S3 has no such object or version"

  /// In words for the auditor, escaped; empty where all agrees.
  var differences: [String] {
    guard let object else { return [Self.missing] }
    return [
      difference("size", record.size.map(String.init) ?? "", String(object.size)),
      record["etag"].isEmpty ? nil : difference("ETag", record["etag"], object.etag),
      checksum(object.sha256), crc64(object.crc64), metadata("sha256", object.metadataSHA256, record["sha256"]),
      origin(object), encryption(object),
    ].compactMap { $0 }
  }

  /// The content's digest, read and computed; nil where it agrees.
  func contentDifference(_ digest: SHA256Digest) -> String? {
    difference("SHA-256 of the content", record["sha256"], digest.hex)
  }

  private func difference(_ what: String, _ recorded: String, _ found: String) -> String? {
    if recorded.isSameText(as: found) { return nil }
    let recorded = recorded.isEmpty ? "none" : EscapedText.escape(recorded)
    return "\(what) is \(EscapedText.escape(found)), recorded is \(recorded)"
  }

  /// S3's own checksum of the whole, where it keeps one.
  private func checksum(_ base64: String?) -> String? {
    guard let base64 else { return nil }
    guard let digest = RecordedDigest.base64(ofHex: record["sha256"]) else {
      return "the recorded sha256 is no SHA-256"
    }
    return base64 == digest ? nil : "S3's SHA-256 is not the recorded one"
  }

  /// The same of the CRC-64/NVME, which S3 keeps of a whole object in parts, too; where both have one.
  private func crc64(_ base64: String?) -> String? {
    let recorded = record["checksum_crc64nvme"]
    guard let base64, !recorded.isEmpty else { return nil }
    return difference("S3's CRC-64/NVME", recorded, base64)
  }

  private func metadata(_ name: String, _ found: String?, _ recorded: String) -> String? {
    found.flatMap { difference("the object's own \(name)", recorded, $0) }
  }

  /// Of which delivery it is. What two arrivals have in common is sent before one of them has to take another id.
  private func origin(_ object: StoredObject) -> String? {
    if !record["arrival"].isEmpty, let arrival = object.metadataArrival {
      return metadata("arrival", arrival, record["arrival"])
    }
    return metadata("delivery-id", object.metadataDeliveryID, record["delivery_id"])
  }

  private func encryption(_ object: StoredObject) -> String? {
    guard let wanted = expected.encryption?.rawValue else { return nil }
    if object.encryption != wanted {
      return "encrypted with \(object.encryption ?? "nothing known"), not with \(wanted)"
    }
    guard let key = expected.kmsKeyID, key.hasPrefix("arn:"), key.contains(":key/"), let found = object.kmsKeyID,
      found != key
    else { return nil }
    return "encrypted with the key \(EscapedText.escape(found)), not with the configured one"
  }
}
