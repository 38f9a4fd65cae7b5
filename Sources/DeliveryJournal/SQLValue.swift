import DeliveryModel

/// A value that a statement takes.
enum SQLValue {
  case null
  case integer(Int64)
  case text(String)
  case bytes([UInt8])

  static func text(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }

  static func time(_ moment: Timestamp) -> SQLValue { .integer(moment.milliseconds) }

  /// Bit for bit: SQLite has no unsigned integers.
  static func bits(_ value: UInt64) -> SQLValue { .integer(Int64(bitPattern: value)) }

  static func digest(_ value: SHA256Digest) -> SQLValue { .bytes(value.bytes) }
}
