/// Base64 with padding (RFC 4648 section 4).
package enum Base64 {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  package static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { buffer in
      var length = 0
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let count = min(3, bytes.count - start)
        var group = Int(bytes[start]) << 16
        if count > 1 { group |= Int(bytes[start + 1]) << 8 }
        if count > 2 { group |= Int(bytes[start + 2]) }
        for index in 0..<4 {
          buffer[length + index] = index > count ? UInt8(ascii: "=") : digits[group >> (18 - 6 * index) & 63]
        }
        length += 4
      }
      return length
    }
  }

  package static func encode(_ digest: SHA256Digest) -> String { encode(digest.bytes) }

  /// The bytes of what ``encode(_:)-([UInt8])`` writes; nil for anything else: other characters, missing padding, or bits
  /// set where none are read.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count.isMultiple(of: 4) else { return nil }
    let padding = characters.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 4 * 3)
    var group: UInt32 = 0
    for (index, character) in characters.dropLast(padding).enumerated() {
      guard let value = value(character) else { return nil }
      group = group << 6 | value
      switch index % 4 {
      case 0: break
      case 1: bytes.append(UInt8(truncatingIfNeeded: group >> 4))
      case 2: bytes.append(UInt8(truncatingIfNeeded: group >> 2))
      default: bytes.append(UInt8(truncatingIfNeeded: group))
      }
    }
    let unread: UInt32 = padding == 0 ? 0 : padding == 1 ? 0b11 : 0b1111
    return group & unread == 0 ? bytes : nil
  }

  private static func value(_ character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
