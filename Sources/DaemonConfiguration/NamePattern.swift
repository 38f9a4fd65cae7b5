import Glibc
import Synchronization

/// A POSIX extended regular expression (regex(7)) that a whole file name must match, byte for byte.
///
/// glibc matches these with an automaton, in time linear in the name, as long as there are no back-references: those are
/// refused, and so are long patterns and large repetitions, so that no name can make a match slow. The automaton grows with
/// each state that a name leads it to, and never shrinks: it is made anew after so many bytes of names.
package final class NamePattern: Sendable, Equatable, CustomStringConvertible {
  /// As written.
  package let description: String
  private let automaton: Mutex<Automaton>

  /// What glibc has made of the pattern, and of the names so far.
  private struct Automaton: ~Copyable {
    private let expression: String
    private var compiled = regex_t()
    /// Bytes of names that it has seen; each may have left a state of some 2 KiB.
    private var seen = 0
    private static let mostSeen = 4096

    init(_ text: String) throws(SyntaxProblem) {
      expression = "^(" + text + ")$"
      let code = regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB)
      guard code == 0 else { throw SyntaxProblem("is no regular expression (\(NamePattern.reason(code)))") }
    }

    deinit {
      var compiled = compiled
      regfree(&compiled)
    }

    mutating func matches(_ name: [CChar]) -> Bool {
      seen += name.count
      if seen > Self.mostSeen { renew(name.count) }
      return regexec(&compiled, name, 0, nil, 0) == 0
    }

    /// Where there is no memory for a new one, the old one goes on.
    private mutating func renew(_ count: Int) {
      var fresh = regex_t()
      guard regcomp(&fresh, expression, REG_EXTENDED | REG_NOSUB) == 0 else { return }
      swap(&fresh, &compiled)
      regfree(&fresh)
      seen = count
    }
  }

  static let longest = 256
  private static let mostRepetitions = 64
  /// Characters, sets and the like, each as often as it is repeated at most: glibc keeps a copy of each, and states between
  /// them, some 20 KiB in all for each.
  private static let mostPositions = 1000

  init(_ text: String) throws(SyntaxProblem) {
    description = text
    guard !text.isEmpty, text.utf8.count <= Self.longest else {
      throw SyntaxProblem("is empty or longer than \(Self.longest) bytes")
    }
    guard !text.contains(#/\\[1-9]/#) else { throw SyntaxProblem("has a back-reference, which can take for ever") }
    for match in text.matches(of: #/\{([0-9]*),?([0-9]*)\}/#) {
      guard [match.1, match.2].allSatisfy({ $0.isEmpty || (Int($0) ?? .max) <= Self.mostRepetitions }) else {
        throw SyntaxProblem("repeats more than \(Self.mostRepetitions) times")
      }
    }
    guard Self.positions(of: Array(text.utf8)) <= Self.mostPositions else {
      throw SyntaxProblem(
        "has repetitions inside repetitions that come to more than \(Self.mostPositions) characters: it would take more "
          + "memory than the service has")
    }
    automaton = Mutex(try Automaton(text))
  }

  /// How many positions the automaton has at most, once every repetition is written out.
  private static func positions(of pattern: [UInt8]) -> Int {
    /// Of a group that is not closed yet: what stands before its last atom, and that atom, which may still be repeated.
    var groups = [(before: 0, last: 0)]
    var index = pattern.startIndex
    func repeated(_ count: Int, _ times: Int) -> Int { min(count, 1 << 20) * min(times, 1 << 20) }
    while index < pattern.endIndex {
      let rest = pattern[index...]
      var (length, atom): (Int, Int?) = (1, 1)
      switch pattern[index] {
      case UInt8(ascii: "\\"): length = 2
      case UInt8(ascii: "["): length = bracketLength(rest)
      case UInt8(ascii: "("):
        groups.append((0, 0))
        atom = nil
      case UInt8(ascii: ")") where groups.count > 1:
        let group = groups.removeLast()
        atom = min(group.before + group.last, 1 << 20)
      case UInt8(ascii: "|"): atom = 0
      case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
        groups[groups.count - 1].last = repeated(groups[groups.count - 1].last, 2)
        atom = nil
      case UInt8(ascii: "{"):
        guard let bound = rest.firstIndex(of: UInt8(ascii: "}")) else { break }
        let numbers = rest[(index + 1)..<bound].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        length = bound - index + 1
        let most = numbers.map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }.max() ?? 0
        let isOpen = numbers.count > 1 && numbers.last?.isEmpty == true
        groups[groups.count - 1].last = repeated(groups[groups.count - 1].last, max(1, most + (isOpen ? 1 : 0)))
        atom = nil
      default: break
      }
      if let atom {
        let group = groups[groups.count - 1]
        groups[groups.count - 1] = (min(group.before + group.last, 1 << 20), atom)
      }
      index += min(length, rest.count)
    }
    return groups.reduce(0) { $0 + $1.before + $1.last }
  }

  /// Of a set such as `[^]a[:alpha:]]`.
  private static func bracketLength(_ rest: ArraySlice<UInt8>) -> Int {
    var index = rest.startIndex + 1
    if index < rest.endIndex, rest[index] == UInt8(ascii: "^") { index += 1 }
    if index < rest.endIndex, rest[index] == UInt8(ascii: "]") { index += 1 }
    while index < rest.endIndex, rest[index] != UInt8(ascii: "]") {
      let isClass =
        rest[index] == UInt8(ascii: "[") && index + 1 < rest.endIndex && ":.=".utf8.contains(rest[index + 1])
      if isClass, let end = rest[(index + 2)...].firstIndex(of: UInt8(ascii: "]")) { index = end }
      index += 1
    }
    return index - rest.startIndex + 1
  }

  package static func == (left: NamePattern, right: NamePattern) -> Bool { left.description == right.description }

  package func matches(_ name: some Collection<UInt8>) -> Bool {
    let bytes = name.map { CChar(bitPattern: $0) } + [0]
    return automaton.withLock { $0.matches(bytes) }
  }

  /// glibc's words need the compiled expression only for its locale, which is "C".
  fileprivate static func reason(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    _ = regerror(code, nil, &buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension ValueSyntax where Value == NamePattern {
  static var namePattern: ValueSyntax {
    ValueSyntax(expected: "an extended regular expression for the whole name, such as \"[0-9]{4}-[a-z]+\\\\.pdf\"") {
      text throws(SyntaxProblem) in
      try NamePattern(text)
    }
  }
}
