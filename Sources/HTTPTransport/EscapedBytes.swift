/// A text in which characters are escaped for URLs, XML or JSON, and what it says: the same bytes with the escapes of ASCII
/// read, and where each of them came from.
struct EscapedBytes {
  private(set) var bytes: [UInt8] = []
  /// For each of ``bytes`` and one beyond: where it begins in the text.
  private var origins: [Int] = []

  /// Nil where nothing is escaped.
  init?(_ text: [UInt8]) {
    guard text.contains(where: { Self.marks.contains($0) }) else { return nil }
    bytes.reserveCapacity(text.count)
    origins.reserveCapacity(text.count + 1)
    var index = 0
    while index < text.count {
      let (byte, length) = Self.escape(text[index...]) ?? (text[index], 1)
      bytes.append(byte)
      origins.append(index)
      index += length
    }
    origins.append(text.count)
    if bytes.count == text.count { return nil }
  }

  /// Where a range of ``bytes`` stands in the text.
  func place(of range: Range<Int>) -> Range<Int> { origins[range.lowerBound]..<origins[range.upperBound] }

  private static let marks: [UInt8] = [UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "\\")]

  /// The character that an escape at the beginning stands for, if it is ASCII, and how long the escape is.
  private static func escape(_ text: ArraySlice<UInt8>) -> (UInt8, length: Int)? {
    guard let mark = text.first, marks.contains(mark), text.count > 2 else { return nil }
    let second = text[text.startIndex + 1]
    switch mark {
    case UInt8(ascii: "%"): return number(text.dropFirst(), digits: 2).map { ($0, 3) }
    case UInt8(ascii: "\\") where second == UInt8(ascii: "u"):
      return number(text.dropFirst(2), digits: 4).map { ($0, 6) }
    case UInt8(ascii: "\\") where second == UInt8(ascii: "x"):
      return number(text.dropFirst(2), digits: 2).map { ($0, 4) }
    case UInt8(ascii: "&") where second == UInt8(ascii: "#"):
      guard let end = text.prefix(longestReference).firstIndex(of: UInt8(ascii: ";")) else { return nil }
      let digits = String(decoding: text[(text.startIndex + 2)..<end], as: UTF8.self)
      let isHexadecimal = digits.utf8.first.map { $0 | 0x20 } == UInt8(ascii: "x")
      let value =
        isHexadecimal ? UInt8(String(decoding: digits.utf8.dropFirst(), as: UTF8.self), radix: 16) : UInt8(digits)
      return value.flatMap { $0 < 0x80 ? ($0, end - text.startIndex + 1) : nil }
    default: return nil
    }
  }

  /// Leading zeros may make a reference long.
  private static let longestReference = 16

  private static func number(_ text: ArraySlice<UInt8>, digits: Int) -> UInt8? {
    guard text.count >= digits else { return nil }
    var value = 0
    for byte in text.prefix(digits) {
      guard let digit = SecretScrubber.hexValue(byte) else { return nil }
      value = value << 4 | Int(digit)
    }
    return value < 0x80 ? UInt8(value) : nil
  }
}
