/// A record in the form journald takes (systemd.io/JOURNAL_NATIVE_PROTOCOL).
///
/// A value that holds a newline is written with its length before it, so no value can begin a field of its own.
enum JournalEntry {
  /// Longest value of a field, in bytes: twice the longest path. Entry and socket buffer stay in proportion.
  static let longestValue = 8192
  /// Longest name of a field (journald drops a field with a longer one).
  private static let longestName = 64
  private static let prefix = "S3LOGGERD_"

  static func encode(_ record: LogRecord, identifier: String) -> [UInt8] {
    var bytes = [UInt8]()
    bytes.reserveCapacity(512)
    append("MESSAGE", record.message, to: &bytes)
    append("PRIORITY", String(record.priority), to: &bytes)
    append("SYSLOG_IDENTIFIER", identifier, to: &bytes)
    if let messageID = record.messageID { append("MESSAGE_ID", messageID, to: &bytes) }
    for field in record.fields { append(name(of: field.key), field.value, to: &bytes) }
    return bytes
  }

  /// The key in upper case after the prefix; whatever a field's name may not hold becomes `_`.
  static func name(of key: String) -> String {
    let upper = key.utf8.map { byte -> UInt8 in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
      default: UInt8(ascii: "_")
      }
    }
    return String(decoding: (prefix.utf8 + upper).prefix(longestName), as: UTF8.self)
  }

  private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
    let value = DisplayText.cut(value, to: longestValue)
    bytes.append(contentsOf: name.utf8)
    if value.utf8.contains(newline) {
      bytes.append(newline)
      withUnsafeBytes(of: UInt64(value.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
    } else {
      bytes.append(UInt8(ascii: "="))
    }
    bytes.append(contentsOf: value.utf8)
    bytes.append(newline)
  }

  private static let newline = UInt8(ascii: "\n")
}
