/// A file name pattern, matched on bytes in time linear in the name for each star, whatever the name.
///
///     *      any characters but /         ?       one character but /
///     **     any characters               [a-z]   one of a set; [!a-z] one outside it
///     **/    any directories, or none     \x      the character x itself
///
/// A pattern with a `/` is matched with the path in the folder, one without with the name. A `/` at the end means
/// everything below.
package struct GlobPattern: Sendable, Equatable {
  private let tokens: [Token]
  /// Whether it is to be matched with the whole relative path.
  package let matchesPath: Bool
  private let folds: Bool

  private enum Token: Sendable, Equatable {
    case byte(UInt8)
    case anyOne
    case star
    case globstar
    case directories
    case set(ranges: [ClosedRange<UInt32>], negated: Bool)
  }

  /// With `folds` it is matched with a ``FoldedName``.
  package init(_ pattern: String, folds: Bool = false) {
    var scalars = Array((folds ? FoldedName.compose(pattern) : pattern).unicodeScalars)
    self.folds = folds
    matchesPath = scalars.contains("/")
    if scalars.starts(with: "/".unicodeScalars) { scalars.removeFirst() }
    if scalars.last == "/" { scalars += Array("**".unicodeScalars) }
    var parser = Parser(scalars: scalars, folds: folds)
    tokens = parser.parse()
  }

  /// Whether the pattern matches `path`, or its last segment where the pattern has no `/`.
  package func matches(path: some RandomAccessCollection<UInt8>) -> Bool {
    if matchesPath { return matches(Array(path)) }
    let start = path.lastIndex(of: Self.slash).map { path.index(after: $0) } ?? path.startIndex
    return matches(Array(path[start...]))
  }

  /// Two places to return to are enough: a later star makes the earlier ones of its kind unnecessary.
  private func matches(_ text: [UInt8]) -> Bool {
    var at = (token: 0, byte: 0)
    var star: (token: Int, byte: Int)?
    var globstar: (token: Int, byte: Int)?
    while true {
      if at.token == tokens.count, at.byte == text.count { return true }
      if at.token < tokens.count {
        switch tokens[at.token] {
        case .star:
          star = at
          at.token += 1
          continue
        case .globstar, .directories:
          globstar = at
          star = nil
          at.token += 1
          continue
        default:
          if let length = length(of: tokens[at.token], in: text, at: at.byte) {
            at = (at.token + 1, at.byte + length)
            continue
          }
        }
      }
      if let back = star, back.byte < text.count, text[back.byte] != Self.slash {
        let next = back.byte + Self.character(in: text, at: back.byte).1
        star = (back.token, next)
        at = (back.token + 1, next)
      } else if let back = globstar, let next = resume(back, in: text) {
        globstar = (back.token, next)
        star = nil
        at = (back.token + 1, next)
      } else {
        return false
      }
    }
  }

  /// Where a `**` may next end: after any character, or after the next `/` for `**/`.
  private func resume(_ place: (token: Int, byte: Int), in text: [UInt8]) -> Int? {
    guard place.byte < text.count else { return nil }
    if tokens[place.token] == .globstar { return place.byte + Self.character(in: text, at: place.byte).1 }
    return text[place.byte...].firstIndex(of: Self.slash).map { $0 + 1 }
  }

  /// How many bytes of `text` the token takes at `index`; nil where it does not match.
  private func length(of token: Token, in text: [UInt8], at index: Int) -> Int? {
    guard index < text.count else { return nil }
    if case .byte(let byte) = token { return text[index] == byte ? 1 : nil }
    if text[index] == Self.slash { return nil }
    let (value, length) = Self.character(in: text, at: index)
    guard case .set(let ranges, let negated) = token else { return length }
    let isInSet = ranges.contains { $0.contains(value) || folds && $0.contains(Self.upper(value)) }
    return isInSet != negated ? length : nil
  }

  /// The UTF-8 character at `index` and its length; a byte that begins none stands for itself, outside Unicode.
  private static func character(in text: [UInt8], at index: Int) -> (UInt32, Int) {
    let first = text[index]
    if first < 0x80 { return (UInt32(first), 1) }
    for length in 2...4 where index + length <= text.count {
      if let string = String(validating: text[index..<(index + length)], as: UTF8.self),
        let scalar = string.unicodeScalars.first
      {
        return (scalar.value, length)
      }
    }
    return (0x11_0000 + UInt32(first), 1)
  }

  /// The capital of an ASCII letter.
  private static func upper(_ value: UInt32) -> UInt32 { 0x61...0x7a ~= value ? value - 0x20 : value }

  static let slash = UInt8(ascii: "/")

  private struct Parser {
    let scalars: [Unicode.Scalar]
    let folds: Bool
    var index = 0

    mutating func parse() -> [Token] {
      var tokens: [Token] = []
      while index < scalars.count {
        let scalar = scalars[index]
        index += 1
        switch scalar {
        case "*": tokens.append(parseStar())
        case "?": tokens.append(.anyOne)
        case "[": tokens += parseSet() ?? [.byte(UInt8(ascii: "["))]
        case "\\" where index < scalars.count:
          tokens += bytes(of: scalars[index])
          index += 1
        default: tokens += bytes(of: scalar)
        }
      }
      return tokens
    }

    private mutating func parseStar() -> Token {
      guard index < scalars.count, scalars[index] == "*" else { return .star }
      while index < scalars.count, scalars[index] == "*" { index += 1 }
      guard index < scalars.count, scalars[index] == "/" else { return .globstar }
      index += 1
      return .directories
    }

    /// Nil where the bracket is never closed: it then stands for itself.
    private mutating func parseSet() -> [Token]? {
      var at = index
      let negated = at < scalars.count && (scalars[at] == "!" || scalars[at] == "^")
      if negated { at += 1 }
      var ranges: [ClosedRange<UInt32>] = []
      let start = at
      while at < scalars.count, at == start || scalars[at] != "]" {
        let low = scalars[at].value
        if at + 2 < scalars.count, scalars[at + 1] == "-", scalars[at + 2] != "]" {
          let high = scalars[at + 2].value
          if low <= high { ranges.append(low...high) }
          at += 3
        } else {
          ranges.append(low...low)
          at += 1
        }
      }
      guard at < scalars.count else { return nil }
      index = at + 1
      return [.set(ranges: ranges, negated: negated)]
    }

    private func bytes(of scalar: Unicode.Scalar) -> [Token] {
      String(scalar).utf8.map { .byte(folds ? ASCIIName.lowered($0) : $0) }
    }
  }
}
