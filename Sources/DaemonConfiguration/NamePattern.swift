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
    automaton = Mutex(try Automaton(text))
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
