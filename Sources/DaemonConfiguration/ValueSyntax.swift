/// Why a text is not what its key takes: a clause that follows the quoted value, such as `is no duration`.
struct SyntaxProblem: Error {
  let clause: String

  init(_ clause: String) {
    self.clause = clause
  }
}

/// How the text of a key becomes its value, and what to tell a person who wrote something else.
struct ValueSyntax<Value> {
  /// What would be right, following "write ".
  let expected: String
  /// Whether a wrong value may be shown; not where it could be a secret.
  var isShown = true
  let parse: (String) throws(SyntaxProblem) -> Value

  /// The problem of `text`, in a sentence.
  func message(for text: String, _ problem: SyntaxProblem) -> String {
    (isShown ? ShownValue.quoted(text) : "this value") + " \(problem.clause); write \(expected)"
  }
}

extension ValueSyntax where Value: RawRepresentable<String> & CaseIterable {
  /// One of the raw values of an enumeration.
  static var choice: ValueSyntax {
    let names = Value.allCases.map { "\"\($0.rawValue)\"" }
    let list = names.dropLast().joined(separator: ", ") + (names.count > 1 ? " or " : "") + (names.last ?? "")
    return ValueSyntax(expected: list) { text throws(SyntaxProblem) in
      guard let value = Value(rawValue: text) else { throw SyntaxProblem("is none of the choices") }
      return value
    }
  }
}

extension ValueSyntax where Value == String {
  /// Any text of 1 to `limit` characters without control characters.
  static func text(_ expected: String, limit: Int = 255) -> ValueSyntax {
    ValueSyntax(expected: expected) { text throws(SyntaxProblem) in
      if text.isEmpty { throw SyntaxProblem("is empty") }
      if text.unicodeScalars.count > limit { throw SyntaxProblem("is longer than \(limit) characters") }
      if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
        throw SyntaxProblem("has a control character")
      }
      return text
    }
  }

  /// Text that satisfies `isRight`.
  static func matching(
    _ expected: String, otherwise clause: String, _ isRight: @escaping (String) -> Bool
  ) -> ValueSyntax {
    ValueSyntax(expected: expected) { text throws(SyntaxProblem) in
      guard isRight(text) else { throw SyntaxProblem(clause) }
      return text
    }
  }
}
