extension ValueSyntax where Value == String {
  /// A service's URL. Plain http is for this machine alone: anywhere else it would send documents in the clear.
  static var endpoint: ValueSyntax {
    let expected = "\"https://host[:port][/path]\" without user, query or fragment (http:// only for this machine)"
    // Not shown when wrong: people put passwords into URLs.
    return ValueSyntax(expected: expected, isShown: false) { text throws(SyntaxProblem) in
      let isPlain = text.hasPrefix("http://")
      guard isPlain || text.hasPrefix("https://") else { throw SyntaxProblem("does not begin with https://") }
      let rest = text.dropFirst(isPlain ? 7 : 8)
      guard !rest.contains("@") else { throw SyntaxProblem("holds a user or password") }
      let host = Endpoint.host(of: rest)
      guard let host, Characters.isAlphanumeric(rest, or: "-._~:/[]") else { throw SyntaxProblem("is no endpoint") }
      guard !isPlain || Endpoint.isLoopback(host) else {
        throw SyntaxProblem("is http:// to another machine, which would send everything in the clear")
      }
      return Endpoint.withoutFinalSlashes(text)
    }
  }

  /// An HTTP proxy: what passes it is encrypted for the service, so plain http to it is no danger.
  static var proxy: ValueSyntax {
    let expected = "\"http://host:port\" or \"https://host:port\" without user and password"
    return ValueSyntax(expected: expected, isShown: false) { text throws(SyntaxProblem) in
      guard let mark = text.firstRange(of: "://"), ["http", "https"].contains(text[..<mark.lowerBound]) else {
        throw SyntaxProblem("does not begin with http:// or https://")
      }
      let rest = text[mark.upperBound...]
      guard !rest.contains("@") else { throw SyntaxProblem("holds a user or password") }
      guard Endpoint.host(of: rest) != nil, Characters.isAlphanumeric(rest, or: "-.:[]") else {
        throw SyntaxProblem("is no proxy")
      }
      return text
    }
  }
}

/// The parts of an endpoint URL that decide something.
enum Endpoint {
  /// The host without its port; nil where there is none or the port is no port.
  static func host(of authorityAndPath: Substring) -> Substring? {
    let authority = authorityAndPath.prefix { $0 != "/" }
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      let port = authority[authority.index(after: end)...]
      return port.isEmpty || port.hasPrefix(":") && isPort(port.dropFirst()) ? authority[...end] : nil
    }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return nil }
    return parts.count == 1 || isPort(parts[1]) ? host : nil
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.utf8.allSatisfy(Characters.isDigit) && (UInt16(text) ?? 0) > 0
  }

  static func isLoopback(_ host: Substring) -> Bool {
    host == "localhost" || host == "[::1]" || isIPv4(host) && host.hasPrefix("127.")
  }

  /// Whether a bucket's name cannot stand before this host: an address, or this machine.
  static func needsPathStyle(_ url: String) -> Bool {
    guard let mark = url.firstRange(of: "://"), let host = host(of: url[mark.upperBound...]) else { return false }
    return isLoopback(host) || isIPv4(host) || host.hasPrefix("[")
  }

  private static func isIPv4(_ host: Substring) -> Bool {
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4 && numbers.allSatisfy { $0.utf8.allSatisfy(Characters.isDigit) && UInt8($0) != nil }
  }

  static func withoutFinalSlashes(_ url: String) -> String {
    var rest = url[...]
    while rest.hasSuffix("/") { rest = rest.dropLast() }
    return String(rest)
  }
}
