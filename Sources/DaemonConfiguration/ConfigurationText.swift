/// The bytes of a configuration file once they are known to be text.
struct ConfigurationText {
  let bytes: [UInt8]
  let text: String

  /// The largest file that is read, in bytes.
  static let maximumBytes = 1 << 20

  /// A text that is no text: where, and why.
  struct Problem: Error {
    let position: TOMLPosition
    let message: String
  }

  init(_ bytes: [UInt8]) throws(Problem) {
    guard bytes.count <= Self.maximumBytes else {
      throw Problem(position: .start, message: "is larger than 1 MiB, so it is no configuration; name the right file")
    }
    guard !bytes.starts(with: [0xef, 0xbb, 0xbf]) else {
      throw Problem(position: .start, message: "begins with a byte order mark; save it as UTF-8 without one")
    }
    if let index = bytes.firstIndex(of: 0) {
      throw Problem(position: TOMLPosition(of: index, in: bytes), message: "holds a NUL byte; remove it")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let position = TOMLPosition(of: Self.validPrefix(of: bytes), in: bytes)
      throw Problem(position: position, message: "is not UTF-8 here; save it as UTF-8")
    }
    // The parser's strings end at a NUL, so an escaped one would silently cut its value.
    if let range = text.firstRange(of: /\\u0000|\\U00000000/) {
      let index = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
      throw Problem(position: TOMLPosition(of: index, in: bytes), message: "holds an escaped NUL; remove it")
    }
    self.bytes = bytes
    self.text = text
  }

  /// How many bytes at the front are UTF-8.
  private static func validPrefix(of bytes: [UInt8]) -> Int {
    var low = 0
    var high = bytes.count
    while low < high {
      let middle = (low + high + 1) / 2
      // A cut inside a character is no fault of the text.
      let isValid = (max(low, middle - 3)...middle).contains { String(validating: bytes[..<$0], as: UTF8.self) != nil }
      if isValid { low = middle } else { high = middle - 1 }
    }
    return (max(0, low - 3)...low).last { String(validating: bytes[..<$0], as: UTF8.self) != nil } ?? 0
  }
}
