/// Text from outside made safe for a terminal, a log line or a status line (CWE-150).
package enum EscapedText {
  /// Escapes what could act instead of being read: control characters, bytes that are not UTF-8, line and paragraph
  /// separators, and the marks that hide or reverse text. They appear as `\n`, `\x1b`, `\u{202e}`; a backslash as `\\`.
  package static func escape(_ bytes: some Collection<UInt8>) -> String {
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != backslash }) {
      return String(decoding: bytes, as: UTF8.self)
    }
    var result = ""
    var rest = Array(bytes)[...]
    while let first = rest.first {
      if let (scalar, length) = leadingScalar(of: rest) {
        append(scalar, to: &result)
        rest = rest.dropFirst(length)
      } else {
        result += "\\x" + hex(UInt32(first), width: 2)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  /// The scalar that `bytes` begins with and its length in UTF-8; nil where they begin with something else.
  private static func leadingScalar(of bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
    for length in 1...4 where length <= bytes.count {
      guard let text = String(validating: bytes.prefix(length), as: UTF8.self) else { continue }
      return text.unicodeScalars.first.map { ($0, length) }
    }
    return nil
  }

  /// Escapes a string; see ``escape(_:)``.
  package static func escape(_ text: String) -> String {
    escape(Array(text.utf8))
  }

  static let backslash = UInt8(ascii: "\\")

  private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\\": result += "\\\\"
    default:
      if isPrintable(scalar) {
        result.unicodeScalars.append(scalar)
      } else if scalar.value < 0x80 {
        result += "\\x" + hex(scalar.value, width: 2)
      } else {
        result += "\\u{" + hex(scalar.value, width: 1) + "}"
      }
    }
  }

  /// Whether it can only be read.
  package static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  private static func hex(_ value: UInt32, width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
