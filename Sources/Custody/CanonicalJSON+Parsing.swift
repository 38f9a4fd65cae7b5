extension CanonicalJSON {
  /// Reads a JSON text (RFC 8259) as strictly as canonical text allows: UTF-8, nothing around the value, no name twice, no
  /// half of a surrogate pair. Nil for anything else, and for what is nested deeper than 32 levels.
  package init?(parsing bytes: some Collection<UInt8>) {
    var parser = JSONParser(bytes: Array(bytes))
    guard let value = parser.value(depth: 0), parser.isAtEnd else { return nil }
    self = value
  }

  /// Reads a text that is canonical to the byte; nil for anything else.
  package init?(canonical bytes: some Collection<UInt8>) {
    self.init(parsing: bytes)
    guard self.bytes.elementsEqual(bytes) else { return nil }
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { position == bytes.count }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func value(depth: Int) -> CanonicalJSON? {
    guard depth < 32, let first = next else { return nil }
    switch first {
    case UInt8(ascii: "{"): return object(depth: depth)
    case UInt8(ascii: "["): return array(depth: depth)
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
    case UInt8(ascii: "n"): return take("null") ? .null : nil
    default: return number()
    }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let matches = text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    if matches { position += text.utf8CodeUnitCount }
    return matches
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
  }

  private mutating func object(depth: Int) -> CanonicalJSON? {
    var members: [CanonicalJSON.Member] = []
    position += 1
    skipSpace()
    if take("}") { return .object([]) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\""), let name = string() else { return nil }
      skipSpace()
      guard take(":") else { return nil }
      skipSpace()
      guard let value = value(depth: depth + 1) else { return nil }
      members.append(.init(name, value))
      skipSpace()
      if take("}") { return Self.hasRepeatedName(members) ? nil : .object(members) }
      guard take(",") else { return nil }
    }
  }

  private static func hasRepeatedName(_ members: [CanonicalJSON.Member]) -> Bool {
    let names = members.map { Array($0.name.utf8) }
    return Set(names).count != names.count
  }

  private mutating func array(depth: Int) -> CanonicalJSON? {
    var elements: [CanonicalJSON] = []
    position += 1
    skipSpace()
    if take("]") { return .array([]) }
    while true {
      skipSpace()
      guard let value = value(depth: depth + 1) else { return nil }
      elements.append(value)
      skipSpace()
      if take("]") { return .array(elements) }
      guard take(",") else { return nil }
    }
  }

  /// An integer below 2^53 stays one; every other number is a double.
  private mutating func number() -> CanonicalJSON? {
    let start = position
    _ = take("-")
    let first = position
    guard digits() > 0, bytes[first] != UInt8(ascii: "0") || position == first + 1 else { return nil }
    var isInteger = true
    if take(".") {
      isInteger = false
      guard digits() > 0 else { return nil }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      guard digits() > 0 else { return nil }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int64(text), value.magnitude < 1 << 53, text != "-0" { return .integer(value) }
    guard let value = Double(text), value.isFinite else { return nil }
    return .number(value)
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
    return position - start
  }

  private mutating func string() -> String? {
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        text += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
      case ..<0x20: return nil
      default: text.append(byte)
      }
    }
    return nil
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard let byte = next else { return nil }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "f"): return "\u{0c}"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "u"): return unicodeEscape()
    default: return nil
    }
  }

  private mutating func unicodeEscape() -> Unicode.Scalar? {
    guard let high = codeUnit() else { return nil }
    guard 0xd800...0xdbff ~= high else { return Unicode.Scalar(high) }
    guard take("\\u"), let low = codeUnit(), 0xdc00...0xdfff ~= low else { return nil }
    return Unicode.Scalar(0x10000 + (UInt32(high) - 0xd800) << 10 + (UInt32(low) - 0xdc00))
  }

  private mutating func codeUnit() -> UInt16? {
    guard position + 4 <= bytes.count else { return nil }
    var value: UInt16 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt16(digit)
    }
    position += 4
    return value
  }
}
