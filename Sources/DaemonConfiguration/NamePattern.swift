import Glibc

/// A POSIX extended regular expression (regex(7)) that a whole file name must match, byte for byte.
///
/// glibc matches these with an automaton, in time linear in the name, as long as there are no back-references: those are
/// refused, and so are long patterns and large repetitions, so that no name can make a match slow.
package final class NamePattern: Sendable, Equatable, CustomStringConvertible {
  /// As written.
  package let description: String
  /// Written once, in the initialiser; regexec(3) only reads it.
  private nonisolated(unsafe) var compiled = regex_t()

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
    let code = regcomp(&compiled, "^(" + text + ")$", REG_EXTENDED | REG_NOSUB)
    guard code == 0 else { throw SyntaxProblem("is no regular expression (\(Self.reason(code)))") }
  }

  deinit { regfree(&compiled) }

  package static func == (left: NamePattern, right: NamePattern) -> Bool { left.description == right.description }

  package func matches(_ name: some Collection<UInt8>) -> Bool {
    let bytes = name.map { CChar(bitPattern: $0) } + [0]
    return regexec(&compiled, bytes, 0, nil, 0) == 0
  }

  /// glibc's words need the compiled expression only for its locale, which is "C".
  private static func reason(_ code: Int32) -> String {
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
