/// Text looked at byte by byte, as every program reads it that is not written in Swift.
///
/// For Swift's strings a quotation mark with a combining mark after it is one character, and no quotation mark; CR LF is
/// one; and `==` takes composed for decomposed letters, and the Kelvin sign for a K. Whatever quotes, splits or compares
/// text from outside goes by these instead.
extension StringProtocol {
  /// Whether both are the same bytes of UTF-8.
  package func isSameText(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

  package func beginsWith(_ beginning: some StringProtocol) -> Bool { utf8.starts(with: beginning.utf8) }

  package func endsWith(_ end: some StringProtocol) -> Bool { utf8.suffix(end.utf8.count).elementsEqual(end.utf8) }

  /// Whether one of the ASCII characters of `marks` is in it.
  package func hasAny(of marks: StaticString) -> Bool {
    marks.withUTF8Buffer { marks in utf8.contains { marks.contains($0) } }
  }

  /// The text between each two of the ASCII character `mark`; at least one piece.
  package func pieces(at mark: Unicode.Scalar) -> [String] {
    utf8.split(separator: UInt8(ascii: mark), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Each ASCII character `mark` replaced.
  package func replacingEach(_ mark: Unicode.Scalar, by text: String) -> String {
    utf8.contains(UInt8(ascii: mark)) ? pieces(at: mark).joined(separator: text) : String(self)
  }
}
