/// Reads a JSON document from untrusted bytes: bounded in size and depth, never past the end.
struct JSONParser {
  static let byteLimit = 1 << 20
  static let depthLimit = 32
  static let valueLimit = 1 << 15

  struct Malformed: Error {}

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  /// Values that may still come: each takes far more memory than its bytes.
  private var room: Int

  init(_ bytes: [UInt8], valueLimit: Int = JSONParser.valueLimit) {
    self.bytes = bytes
    room = valueLimit
  }

  mutating func document() throws(Malformed) -> JSONValue {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw Malformed() }
    return value
  }

  private mutating func value() throws(Malformed) -> JSONValue {
    skipSpace()
    room -= 1
    guard room >= 0 else { throw Malformed() }
    switch peek {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return try number()
    }
  }

  private mutating func object() throws(Malformed) -> JSONValue {
    try enter()
    var members = [JSONValue.Member]()
    guard !consume(UInt8(ascii: "}")) else { return leave(.object([])) }
    repeat {
      skipSpace()
      let name = try string()
      try expect(UInt8(ascii: ":"))
      members.append(JSONValue.Member(name: name, value: try value()))
    } while consume(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
    return leave(.object(members))
  }

  private mutating func array() throws(Malformed) -> JSONValue {
    try enter()
    var elements = [JSONValue]()
    guard !consume(UInt8(ascii: "]")) else { return leave(.array([])) }
    repeat { elements.append(try value()) } while consume(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return leave(.array(elements))
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(Malformed) -> JSONValue {
    let length = word.utf8CodeUnitCount
    guard bytes.count - position >= length, bytes[position..<(position + length)].elementsEqual("\(word)".utf8) else {
      throw Malformed()
    }
    position += length
    return value
  }

  private mutating func number() throws(Malformed) -> JSONValue {
    let start = position
    while let byte = peek, Self.isNumeric(byte) { position += 1 }
    guard let text = String(validating: bytes[start..<position], as: UTF8.self), Double(text) != nil else {
      throw Malformed()
    }
    return .number(text)
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}

extension JSONParser {
  private mutating func string() throws(Malformed) -> String {
    guard peek == UInt8(ascii: "\"") else { throw Malformed() }
    position += 1
    var text = [UInt8]()
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let valid = String(validating: text, as: UTF8.self) else { throw Malformed() }
        return valid
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw Malformed()
      default: text.append(byte)
      }
    }
    throw Malformed()
  }

  private mutating func escape(into text: inout [UInt8]) throws(Malformed) {
    guard let byte = peek else { throw Malformed() }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: String(try scalar()).utf8)
    default: throw Malformed()
    }
  }

  /// The scalar after `\u`, which two escapes spell where it lies above U+FFFF.
  private mutating func scalar() throws(Malformed) -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xdc00, consumeExactly(UInt8(ascii: "\\")), consumeExactly(UInt8(ascii: "u")) else {
      throw Malformed()
    }
    let second = try codeUnit()
    guard 0xdc00..<0xe000 ~= second else { throw Malformed() }
    let value = 0x10000 + (UInt32(first) - 0xd800) << 10 + UInt32(second) - 0xdc00
    guard let scalar = Unicode.Scalar(value) else { throw Malformed() }
    return scalar
  }

  private mutating func codeUnit() throws(Malformed) -> UInt16 {
    guard bytes.count - position >= 4,
      let digits = String(validating: bytes[position..<(position + 4)], as: UTF8.self),
      digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let value = UInt16(digits, radix: 16)
    else { throw Malformed() }
    position += 4
    return value
  }
}

extension JSONParser {
  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private mutating func consumeExactly(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func consume(_ byte: UInt8) -> Bool {
    skipSpace()
    return consumeExactly(byte)
  }

  private mutating func expect(_ byte: UInt8) throws(Malformed) {
    guard consume(byte) else { throw Malformed() }
  }

  /// Steps over the opening bracket.
  private mutating func enter() throws(Malformed) {
    position += 1
    depth += 1
    guard depth <= Self.depthLimit else { throw Malformed() }
  }

  private mutating func leave(_ value: JSONValue) -> JSONValue {
    depth -= 1
    return value
  }
}
