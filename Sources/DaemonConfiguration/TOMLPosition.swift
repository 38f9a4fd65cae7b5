/// A place in a text; both numbers from 1, columns in characters.
struct TOMLPosition: Hashable, Comparable {
  var line: Int
  var column: Int

  static let start = TOMLPosition(line: 1, column: 1)

  static func < (left: Self, right: Self) -> Bool { (left.line, left.column) < (right.line, right.column) }

  /// The place of the byte at `index`.
  init(of index: Int, in bytes: some Collection<UInt8>) {
    self = .start
    for byte in bytes.prefix(index) { advance(over: byte) }
  }

  init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// Goes on by one byte of UTF-8.
  mutating func advance(over byte: UInt8) {
    if byte == UInt8(ascii: "\n") {
      line += 1
      column = 1
    } else if byte & 0xc0 != 0x80 {
      column += 1
    }
  }
}
