/// A cursor over a TOML text that knows where strings and comments end. It takes any bytes and always comes to an end.
struct TOMLScanner {
  private let bytes: [UInt8]
  private var index = 0
  private(set) var position = TOMLPosition.start

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var current: UInt8? { index < bytes.count ? bytes[index] : nil }

  mutating func advance(by count: Int = 1) {
    for _ in 0..<count where index < bytes.count {
      position.advance(over: bytes[index])
      index += 1
    }
  }

  func isAt(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes[index...].starts(with: $0) }
  }

  /// Passes over `character` if it is next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    advance()
    return true
  }

  mutating func skipSpaces() {
    skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
  }

  /// Passes over white space, line ends and comments.
  mutating func skipBlank() {
    while let byte = current {
      if byte == UInt8(ascii: "#") {
        skipLine()
      } else if [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(byte) {
        advance()
      } else {
        return
      }
    }
  }

  /// Goes to the end of the line.
  mutating func skipLine() {
    skip { $0 != UInt8(ascii: "\n") }
  }

  mutating func skip(while condition: (UInt8) -> Bool) {
    while let byte = current, condition(byte) { advance() }
  }

  /// Takes everything up to white space or what ends a value.
  mutating func takeWord() -> String {
    let begin = index
    skip { !" \t\r\n,]}#".utf8.contains($0) }
    return String(decoding: bytes[begin..<index], as: UTF8.self)
  }

  /// Takes `a.b."c d"`: the names, each with its place.
  mutating func takeDottedKey() -> [(name: String, position: TOMLPosition)] {
    var names = [(name: String, position: TOMLPosition)]()
    repeat {
      skipSpaces()
      let place = position
      guard let name = takeName() else { break }
      names.append((name, place))
      skipSpaces()
    } while take(".")
    return names
  }

  private mutating func takeName() -> String? {
    let begin = index
    if current == UInt8(ascii: "\"") || current == UInt8(ascii: "'") {
      skipString()
      guard index - begin >= 2 else { return nil }
      return String(decoding: bytes[(begin + 1)..<(index - 1)], as: UTF8.self)
    }
    skip(while: Characters.isNameByte)
    return index == begin ? nil : String(decoding: bytes[begin..<index], as: UTF8.self)
  }

  /// Passes over a string of any of the four kinds, the scanner being at its quote.
  mutating func skipString() {
    guard let quote = current else { return }
    let isBasic = quote == UInt8(ascii: "\"")
    let isLong = isAt("\"\"\"") || isAt("'''")
    advance(by: isLong ? 3 : 1)
    while let byte = current {
      if byte == quote, !isLong || isAt("\"\"\"") || isAt("'''") {
        advance(by: isLong ? 3 : 1)
        // Up to two quotes may stand before the closing three.
        if isLong { skip { $0 == quote } }
        return
      }
      if byte == UInt8(ascii: "\n"), !isLong { return }
      advance(by: isBasic && byte == UInt8(ascii: "\\") ? 2 : 1)
    }
  }
}
