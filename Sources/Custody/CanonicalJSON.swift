/// A JSON value whose bytes are those of RFC 8785 (JSON Canonicalization Scheme): one value, one text.
///
/// One rule beyond it: an integer of 2^53 and more is written as a string, as RFC 8785 section 3.2.2.3 advises: readers
/// keep numbers as doubles, which would change it.
package enum CanonicalJSON: Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// A finite number; another is written as null.
  case number(Double)
  case string(String)
  case array([CanonicalJSON])
  /// Members in any order; no name twice.
  case object([Member])

  package struct Member: Sendable {
    package let name: String
    package let value: CanonicalJSON

    package init(_ name: String, _ value: CanonicalJSON) {
      self.name = name
      self.value = value
    }
  }

  /// The canonical text in UTF-8.
  package var bytes: [UInt8] {
    var output: [UInt8] = []
    write(to: &output)
    return output
  }

  /// Appends the canonical text in UTF-8.
  package func write(to output: inout [UInt8]) {
    switch self {
    case .null: output += "null".utf8
    case .bool(let value): output += (value ? "true" : "false").utf8
    case .integer(let value) where value.magnitude >= 1 << 53: Self.write("\(value)", to: &output)
    case .integer(let value): output += "\(value)".utf8
    case .number(let value): output += (value.isFinite ? NumberText.text(of: value) : "null").utf8
    case .string(let value): Self.write(value, to: &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        element.write(to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      for (index, member) in members.sorted(by: { Self.precedes($0.name, $1.name) }).enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        Self.write(member.name, to: &output)
        output.append(UInt8(ascii: ":"))
        member.value.write(to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  /// The order of names: by UTF-16 code units (RFC 8785 section 3.2.3).
  static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf16.lexicographicallyPrecedes(right.utf16)
  }

  /// RFC 8785 section 3.2.2.2: only what must be escaped is, in its shortest form.
  private static func write(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
      output += text.utf8
    } else {
      for byte in text.utf8 { writeEscaped(byte, to: &output) }
    }
    output.append(UInt8(ascii: "\""))
  }

  private static func writeEscaped(_ byte: UInt8, to output: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""): output += #"\""#.utf8
    case UInt8(ascii: "\\"): output += #"\\"#.utf8
    case 0x08: output += #"\b"#.utf8
    case 0x09: output += #"\t"#.utf8
    case 0x0a: output += #"\n"#.utf8
    case 0x0c: output += #"\f"#.utf8
    case 0x0d: output += #"\r"#.utf8
    case ..<0x20:
      output += #"\u00"#.utf8
      output += (byte < 0x10 ? "0" : "").utf8
      output += String(byte, radix: 16).utf8
    default: output.append(byte)
    }
  }
}

/// Equal are values with equal bytes: text is compared as it is written, not as Unicode finds it equivalent.
extension CanonicalJSON: Equatable {
  package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
}

extension CanonicalJSON {
  /// The member of that name; nil where there is none, or this is no object.
  package subscript(name: String) -> CanonicalJSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }

  package var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  package var integer: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }
}
