import Cryptography
import Custody
import DeliveryJournal
import DeliveryModel

/// What a closed day is in the bucket, but for its stamp: made once and kept, so that every attempt sends the same bytes.
enum DayObjects {
  /// In the order in which they are sent. `lines`: SHA-256 of the file of the day's lines.
  static func all(of day: ClosedDay, lines: SHA256Digest, key: SigningKey) -> [CustodyObject] {
    let files = DayTexts.files(of: day, entries: lines, key: key)
    return [CustodyObject(DayTexts.entries, sha256: lines, content: nil)] + files.map { object($0.name, $0.bytes) }
  }

  static func object(_ name: String, _ content: [UInt8]) -> CustodyObject {
    CustodyObject(name, sha256: SHA256.digest(of: content), content: content)
  }

  static func contentType(of name: String) -> String {
    switch name {
    case DayTexts.entries: "application/jsonl"
    case DayTexts.stamp: "application/timestamp-reply"
    case DayTexts.signingKey: "application/x-pem-file"
    case DayTexts.sumsSignature: "application/octet-stream"
    default: "text/plain; charset=utf-8"
    }
  }
}
