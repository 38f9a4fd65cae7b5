/// Reads the subset of XML that the services answer with, from untrusted bytes: bounded in size, depth, count and names, no
/// document type, no entities but the five predefined ones and character references.
///
/// It keeps where the elements are, and no text: what an answer says costs no memory before somebody asks for it.
struct XMLParser {
  static let byteLimit = 1 << 20
  static let depthLimit = 16
  static let elementLimit = 1024
  static let nameLimit = 128

  struct Malformed: Error {}

  struct Element {
    /// Its place among the elements; nil for the root.
    let parent: Int?
    /// 1 for the root.
    let depth: Int
    /// Without the prefix.
    let name: Range<Int>
    /// What stands between its tags.
    var content: Range<Int>
  }

  /// In the order of their start tags, filled by ``document()``.
  private(set) var elements: [Element] = []

  private let bytes: [UInt8]
  private var position = 0
  /// Text is read up to here.
  private var end: Int
  /// The open elements: full name, and place among the elements.
  private var open: [(name: Range<Int>, index: Int)] = []
  /// The text that is put together; nil where it is only checked.
  private var collected: [UInt8]?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    end = bytes.count
  }

  /// Reads and checks everything.
  mutating func document() throws(Malformed) {
    try run()
    guard !elements.isEmpty, open.isEmpty else { throw Malformed() }
  }

  /// The text directly in an element of a document that was checked, without the space around it; nil where it is only
  /// that.
  mutating func text(of element: Element) -> [UInt8]? {
    (position, end, collected) = (element.content.lowerBound, element.content.upperBound, [])
    open = [(element.name, 0)]
    guard (try? run()) != nil, let collected else { return nil }
    let text = Self.trimmed(collected)
    return text.isEmpty ? nil : Array(text)
  }

  private mutating func run() throws(Malformed) {
    while let byte = peek {
      if byte == UInt8(ascii: "<") { try markup() } else { try text() }
    }
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
    guard !open.isEmpty || elements.isEmpty, elements.count < Self.elementLimit, open.count < Self.depthLimit else {
      throw Malformed()
    }
    elements.append(
      Element(parent: open.last?.index, depth: open.count + 1, name: localName(name), content: position..<position))
    open.append((name, elements.count - 1))
    let isEmpty = try attributesCloseElement()
    elements[elements.count - 1].content = position..<position
    if isEmpty { open.removeLast() }
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
    let start = position - 2
    let name = try name()
    while let byte = peek, Self.isSpace(byte) { position += 1 }
    guard consume(">"), let last = open.popLast(), bytes[last.name] == bytes[name] else { throw Malformed() }
    elements[last.index].content = elements[last.index].content.lowerBound..<start
  }
}

extension XMLParser {
  private mutating func text() throws(Malformed) {
    let isOutside = open.isEmpty
    while let byte = peek, byte != UInt8(ascii: "<") {
      position += 1
      guard !isOutside || Self.isSpaceOrMark(byte) else { throw Malformed() }
      if byte == UInt8(ascii: "&") {
        let scalar = try reference()
        if keeps { collected?.append(contentsOf: String(scalar).utf8) }
      } else if keeps {
        collected?.append(byte)
      }
    }
  }

  private mutating func characterData() throws(Malformed) {
    let start = position
    try skip(past: "]]>")
    guard !open.isEmpty else { throw Malformed() }
    if keeps { collected?.append(contentsOf: bytes[start..<(position - 3)]) }
  }

  /// Whether text at this place is that of the element that is asked for, and not of one in it.
  private var keeps: Bool { collected != nil && open.count == 1 }

  /// What the reference after `&` stands for.
  private mutating func reference() throws(Malformed) -> Unicode.Scalar {
    let limit = min(end, position + 10)
    guard let stop = bytes[position..<limit].firstIndex(of: UInt8(ascii: ";")) else { throw Malformed() }
    let name = String(decoding: bytes[position..<stop], as: UTF8.self)
    position = stop + 1
    switch name {
    case "lt": return "<"
    case "gt": return ">"
    case "amp": return "&"
    case "quot": return "\""
    case "apos": return "'"
    default: return try Self.characterReference(name)
    }
  }

  private static func characterReference(_ name: String) throws(Malformed) -> Unicode.Scalar {
    let digits = name.utf8.dropFirst()
    let text = String(decoding: digits.first == UInt8(ascii: "x") ? digits.dropFirst() : digits, as: UTF8.self)
    let value = UInt32(text, radix: digits.first == UInt8(ascii: "x") ? 16 : 10)
    guard name.utf8.first == UInt8(ascii: "#"), let value, let scalar = Unicode.Scalar(value) else { throw Malformed() }
    return scalar
  }

  private mutating func name() throws(Malformed) -> Range<Int> {
    let start = position
    while let byte = peek, Self.isNameByte(byte) { position += 1 }
    guard 1...Self.nameLimit ~= position - start else { throw Malformed() }
    return start..<position
  }

  private mutating func skip(past mark: StaticString) throws(Malformed) {
    while position < end {
      if consume(mark) { return }
      position += 1
    }
    throw Malformed()
  }

  private mutating func consume(_ mark: StaticString) -> Bool {
    let length = mark.utf8CodeUnitCount
    guard end - position >= length else { return false }
    let matches = mark.withUTF8Buffer { $0.elementsEqual(bytes[position..<(position + length)]) }
    if matches { position += length }
    return matches
  }

  private var peek: UInt8? { position < end ? bytes[position] : nil }

  private func localName(_ name: Range<Int>) -> Range<Int> {
    (bytes[name].lastIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? name.lowerBound)..<name.upperBound
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
