extension ValueSyntax where Value == String {
  /// Where alerts are posted. Never shown when wrong: such URLs often hold a password.
  static var webhook: ValueSyntax {
    let expected = "\"https://host[:port]/path\" without user and fragment (http:// only for this machine)"
    return ValueSyntax(expected: expected, isShown: false) { text throws(SyntaxProblem) in
      let isPlain = text.hasPrefix("http://")
      guard isPlain || text.hasPrefix("https://") else { throw SyntaxProblem("does not begin with https://") }
      let rest = text.dropFirst(isPlain ? 7 : 8)
      let authority = rest.prefix { $0 != "/" && $0 != "?" }
      guard !authority.contains("@") else { throw SyntaxProblem("holds a user or password") }
      guard let host = Endpoint.host(of: authority), text.utf8.count <= 2048,
        text.utf8.allSatisfy({ 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "\"") })
      else { throw SyntaxProblem("is no URL") }
      guard !isPlain || Endpoint.isLoopback(host) else {
        throw SyntaxProblem("is http:// to another machine, which would send everything in the clear")
      }
      return text
    }
  }

  /// One argument of a program; it may hold anything but a NUL, which ends it.
  static var argument: ValueSyntax {
    matching("an argument of up to 4096 bytes", otherwise: "is no argument") { text in
      text.utf8.count <= 4096 && !text.utf8.contains(0)
    }
  }
}

extension ValueSyntax where Value == Int {
  /// `07:30`, as minutes since midnight.
  static var timeOfDay: ValueSyntax {
    ValueSyntax(expected: "a local time of day from \"00:00\" to \"23:59\"") { text throws(SyntaxProblem) in
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy(Characters.isDigit) }),
        let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
      else { throw SyntaxProblem("is no time of day") }
      return hour * 60 + minute
    }
  }
}
