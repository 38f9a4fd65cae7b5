import Cryptography
import DeliveryModel

/// Names and persons in entries as codes that only the holder of a key can open: what `names = "hashed"` asks for.
///
/// Each entry has a key of its own, so that equal names give different codes in different entries, and one entry can be
/// opened to somebody without any other.
package struct HashedNames: Sendable {
  /// The attributes that tell of names, places or persons.
  package static let attributes: Set<String> = [
    "object_key", "filename", "source_path", "source_path_raw", "folder", "folder_day", "owner", "owner_uid",
    "saved_by",
    "saved_from", "reason",
  ]

  /// What a coded value begins with.
  package static let prefix = "hmac-sha256:"

  private let master: [UInt8]

  /// `masterKey` is 32 random bytes that stay on the server.
  package init(masterKey: [UInt8]) {
    master = masterKey
  }

  /// The key of one entry: HKDF-SHA-256 (RFC 5869) of the master key, salt `s3loggerd/names`, info `<log>/<seq>`.
  package func key(log: LogID, sequence: Int64) -> [UInt8] {
    HKDF.derive(
      from: master, salt: Array("s3loggerd/names".utf8), info: Array("\(log.text)/\(sequence)".utf8),
      count: SHA256Digest.byteCount)
  }

  /// The code of one attribute: HMAC-SHA-256 under the entry's key of `name=value`, the value as an entry in clear has it
  /// (a number's digits, bytes in Base64).
  package static func code(of value: String, attribute: String, key: [UInt8]) -> String {
    prefix + HMACSHA256(key: key).code(of: Array("\(attribute)=\(value)".utf8)).hex
  }

  /// The record with its telling attributes coded.
  func hiding(_ record: LedgerRecord, log: LogID, sequence: Int64) -> LedgerRecord {
    let key = key(log: log, sequence: sequence)
    return LedgerRecord(
      record.attributes.map { attribute in
        guard Self.attributes.contains(attribute.name) else { return attribute }
        let code = Self.code(of: Self.text(of: attribute.value), attribute: attribute.name, key: key)
        return (attribute.name, .string(code))
      })
  }

  private static func text(of value: LedgerRecord.Value) -> String {
    switch value {
    case .string(let text), .number(let text): text
    case .binary(let bytes): Base64.encode(bytes)
    case .boolean, .map: String(decoding: value.json.bytes, as: UTF8.self)
    }
  }
}

/// A key is for no eyes.
extension HashedNames: CustomStringConvertible, CustomReflectable {
  package var description: String { "key of hashed names" }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
