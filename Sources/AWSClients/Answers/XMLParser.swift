/// Reads the subset of XML that the services answer with, from untrusted bytes: bounded in size, depth and count, no
/// document type, no entities but the five predefined ones and character references.
struct XMLParser {
  static let byteLimit = 1 << 20
  static let depthLimit = 16
  static let elementLimit = 1024

  struct Malformed: Error {}

  /// Text by path, filled by ``document()``.
  private(set) var texts: [String: String] = [:]

  private let bytes: [UInt8]
  private var position = 0
  private var elements = 0
  private var root: String?
  /// The open elements: full name, path and text so far.
  private var open: [(name: ArraySlice<UInt8>, path: String, text: [UInt8])] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Reads everything and returns the root's name.
  mutating func document() throws(Malformed) -> String {
    while let byte = peek {
      if byte == UInt8(ascii: "<") { try markup() } else { try text() }
    }
    guard let root, open.isEmpty else { throw Malformed() }
    return root
  }

  /// Reads one tag, comment, instruction or CDATA section.
  private mutating func markup() throws(Malformed) {
    if consume("<?") {
      try skip(past: "?>")
    } else if consume("<!--") {
      try skip(past: "-->")
    } else if consume("<![CDATA[") {
      try characterData()
    } else if consume("</") {
      try endTag()
    } else {
      position += 1
      try startTag()
    }
  }

  private mutating func startTag() throws(Malformed) {
    let name = try name()
    let localName = Self.localName(name)
    if open.isEmpty {
      guard root == nil else { throw Malformed() }
      root = localName
    }
    elements += 1
    guard elements <= Self.elementLimit, open.count < Self.depthLimit else { throw Malformed() }
    open.append((name, (open.last.map { $0.path + "/" } ?? "") + localName, []))
    if try attributesCloseElement() { close() }
  }

  /// Steps over the attributes and the end of a start tag; whether it was an empty element.
  private mutating func attributesCloseElement() throws(Malformed) -> Bool {
    var quote: UInt8?
    while let byte = peek {
      position += 1
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        return bytes[position - 2] == UInt8(ascii: "/")
      } else if byte == UInt8(ascii: "<") {
        throw Malformed()
      }
    }
    throw Malformed()
  }

  private mutating func endTag() throws(Malformed) {
    let name = try name()
    while let byte = peek, Self.isSpace(byte) { position += 1 }
    guard consume(">"), let last = open.last, last.name == name else { throw Malformed() }
    close()
  }

  private mutating func close() {
    guard let element = open.popLast() else { return }
    let trimmed = Self.trimmed(element.text)
    if !trimmed.isEmpty, texts[element.path] == nil {
      texts[element.path] = String(decoding: trimmed, as: UTF8.self)
    }
  }
}

extension XMLParser {
  private mutating func text() throws(Malformed) {
    var run = [UInt8]()
    while let byte = peek, byte != UInt8(ascii: "<") {
      position += 1
      if byte == UInt8(ascii: "&") {
        run.append(contentsOf: try reference())
      } else {
        run.append(byte)
      }
    }
    guard !open.isEmpty || run.allSatisfy(Self.isSpaceOrMark) else { throw Malformed() }
    append(run[...])
  }

  private mutating func characterData() throws(Malformed) {
    let start = position
    try skip(past: "]]>")
    guard !open.isEmpty else { throw Malformed() }
    append(bytes[start..<(position - 3)])
  }

  private mutating func append(_ run: ArraySlice<UInt8>) {
    guard !open.isEmpty else { return }
    open[open.count - 1].text.append(contentsOf: run)
  }

  /// The bytes that the reference after `&` stands for.
  private mutating func reference() throws(Malformed) -> [UInt8] {
    let limit = min(bytes.count, position + 10)
    guard let end = bytes[position..<limit].firstIndex(of: UInt8(ascii: ";")) else { throw Malformed() }
    let name = String(decoding: bytes[position..<end], as: UTF8.self)
    position = end + 1
    switch name {
    case "lt": return [UInt8(ascii: "<")]
    case "gt": return [UInt8(ascii: ">")]
    case "amp": return [UInt8(ascii: "&")]
    case "quot": return [UInt8(ascii: "\"")]
    case "apos": return [UInt8(ascii: "'")]
    default: return try Self.characterReference(name)
    }
  }

  private static func characterReference(_ name: String) throws(Malformed) -> [UInt8] {
    let value = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst(1))
    guard name.hasPrefix("#"), let value, let scalar = Unicode.Scalar(value) else { throw Malformed() }
    return Array(String(scalar).utf8)
  }

  private mutating func name() throws(Malformed) -> ArraySlice<UInt8> {
    let start = position
    while let byte = peek, Self.isNameByte(byte) { position += 1 }
    guard position > start else { throw Malformed() }
    return bytes[start..<position]
  }

  private mutating func skip(past mark: StaticString) throws(Malformed) {
    while position < bytes.count {
      if consume(mark) { return }
      position += 1
    }
    throw Malformed()
  }

  private mutating func consume(_ mark: StaticString) -> Bool {
    let length = mark.utf8CodeUnitCount
    guard bytes.count - position >= length else { return false }
    let matches = mark.withUTF8Buffer { $0.elementsEqual(bytes[position..<(position + length)]) }
    if matches { position += length }
    return matches
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private static func localName(_ name: ArraySlice<UInt8>) -> String {
    let local = name.lastIndex(of: UInt8(ascii: ":")).map { name[($0 + 1)...] } ?? name
    return String(decoding: local, as: UTF8.self)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: ":"), 0x80...:
      true
    default: false
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
  }

  /// Space, or a byte of the UTF-8 byte-order mark.
  private static func isSpaceOrMark(_ byte: UInt8) -> Bool {
    isSpace(byte) || byte == 0xef || byte == 0xbb || byte == 0xbf
  }

  private static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
    guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
    else { return [] }
    return text[first...last]
  }
}
