import DeliveryModel

extension ServiceEndpoint {
  /// Takes a custom endpoint: `http://127.0.0.1:5000`, `https://s3.example.org/base`.
  ///
  /// Nil for anything with another scheme, a user, a query, a fragment, or characters that no host or path has.
  package init?(url: String) {
    guard let mark = url.firstRange(of: "://") else { return nil }
    let scheme = url[..<mark.lowerBound].lowercased()
    guard scheme == "https" || scheme == "http" else { return nil }
    let rest = url[mark.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    var path = rest[slash...]
    while path.hasSuffix("/") { path = path.dropLast() }
    guard let host = Self.host(rest[..<slash], scheme: scheme), path.utf8.allSatisfy(Self.isPathByte) else {
      return nil
    }
    self.init(scheme: scheme, host: host, basePath: String(path))
  }

  /// The authority in lower case without the scheme's own port; nil where it is none.
  private static func host(_ authority: Substring, scheme: String) -> String? {
    var name = authority
    var port: Substring?
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      name = authority[..<colon]
      port = authority[authority.index(after: colon)...]
    }
    guard isHostName(name) else { return nil }
    guard let port else { return name.lowercased() }
    guard port.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = UInt16(port), number > 0 else { return nil }
    return number == (scheme == "https" ? 443 : 80) ? name.lowercased() : "\(name.lowercased()):\(number)"
  }

  private static func isHostName(_ name: Substring) -> Bool {
    let inner = name.hasPrefix("[") && name.hasSuffix("]") ? name.dropFirst().dropLast() : name
    let isBracketed = inner.count != name.count
    return !inner.isEmpty && inner.utf8.count <= 253
      && inner.utf8.allSatisfy { isPathByte($0) && $0 != 0x2f && (isBracketed || $0 != 0x3a) }
  }

  /// Unreserved characters of RFC 3986, `/` and `:`.
  private static func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
