/// Names and messages as an attacker writes them, and readers that take what was written for what it says: byte by byte,
/// with no idea of characters that are made of several.
package enum HostileText {
  /// What acts in one of the formats, and what joins it into one grapheme with its neighbour: combining marks, the
  /// grapheme joiner, a prepended sign, joiners, CR LF, marks of direction, and characters that are canonically equal to
  /// ASCII.
  static let scalars: [Unicode.Scalar] = [
    "\"", "'", ",", ";", "=", "+", "-", "@", "<", ">", "&", "\\", "/", " ", "\n", "\r", "\t", "\0", "{", "}", "0", "1",
    "a",
    "\u{301}", "\u{338}", "\u{34f}", "\u{600}", "\u{200d}", "\u{202e}", "\u{2066}", "\u{2028}", "\u{85}", "\u{212a}",
    "\u{37e}", "\u{1fef}", "\u{feff}", "\u{ff1d}", "\u{e0001}", "\u{1f1ee}", "\u{1100}", "\u{1161}", "\u{fe0f}", "è",
  ]

  /// The cases that once went through, and so many random ones.
  package static func samples(_ count: Int, seed: UInt64) -> [String] {
    var generator = SeededGenerator(seed: seed)
    let known = [
      "a\"\u{34f},\"=1", "\u{600}\",\"=cmd()", "=\u{34f}1+1", "@\u{338}x", "a\r\n=1,b", "a,\u{301}b", "\u{301}.pdf",
      "it'\u{34f}s;touch x", "\u{600}'$(id)", "<\u{338}script>", "x\"\u{200d} y=\"", "a\\\u{301}\"", "\r\n", "{1}", "",
    ]
    return known
      + (0..<count).map { _ in
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
          text.append(scalars.randomElement(using: &generator) ?? "a")
        }
        return String(text)
      }
  }

  /// The same as names on a disk: without `/` and NUL, and some of them no UTF-8, such as a surrogate by itself.
  package static func names(_ count: Int, seed: UInt64) -> [[UInt8]] {
    let broken: [[UInt8]] = [[0xed, 0xa0, 0x80], [0x22, 0xcd], [0xff, 0x2c], [0xc3], [0x22, 0xf0, 0x9f]]
    return samples(count, seed: seed).enumerated().map { index, text in
      let bytes = text.utf8.filter { $0 != 0 && $0 != UInt8(ascii: "/") }
      return index.isMultiple(of: 3) ? bytes + broken[index / 3 % broken.count] : bytes
    }.filter { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
  }

  /// The rows of a table as RFC 4180 has it; nil for anything that it does not allow.
  package static func rows(ofCSV bytes: some Sequence<UInt8>, separator: UInt8) -> [[[UInt8]]]? {
    let (quote, lineEnd, carriageReturn) = (UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var (rows, row, field): ([[[UInt8]]], [[UInt8]], [UInt8]) = ([], [], [])
    var state = CSVState.begin
    var rest = Array(bytes)[...]
    while let byte = rest.popFirst() {
      switch (state, byte) {
      case (.quoted, quote): state = .closed
      case (.quoted, _): field.append(byte)
      case (.closed, quote):
        field.append(quote)
        state = .quoted
      case (.begin, quote): state = .quoted
      case (_, separator):
        row.append(field)
        (field, state) = ([], .begin)
      case (_, carriageReturn) where rest.first == lineEnd: continue
      case (_, lineEnd):
        rows.append(row + [field])
        (row, field, state) = ([], [], .begin)
      case (.closed, _), (_, quote), (_, carriageReturn): return nil
      default:
        field.append(byte)
        state = .plain
      }
    }
    return state == .begin && row.isEmpty ? rows : nil
  }

  private enum CSVState { case begin, plain, quoted, closed }
}
