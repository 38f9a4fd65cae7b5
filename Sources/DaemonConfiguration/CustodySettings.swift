import DeliveryModel

/// `[custody]`: the signed list of what was received.
package struct CustodySettings: Sendable, Equatable {
  /// Whether names stand in the list as they are.
  package enum Names: String, Sendable, CaseIterable {
    case clear
    /// In their place stands an HMAC under a key that only this server has.
    case hashed
  }

  /// The absolute path of the PEM file of the Ed25519 key that signs each day.
  package let signingKeyFile: String
  /// Where an RFC 3161 time-stamping authority answers; nil for none.
  package let timestampURL: String?
  /// The absolute path of the PEM file of the authorities that its certificate must lead to; only with a URL.
  package let timestampCA: String?
  /// Nil for that of `[aws]`.
  package let bucket: String?
  /// What the keys of the list's objects begin with, without a slash at the end.
  package let prefix: String
  /// When a day that has ended is signed and uploaded, in minutes after midnight UTC.
  package let close: Int
  package let names: Names

  package static let defaultPrefix = "_custody"
  package static let defaultClose = 10

  package init(
    signingKeyFile: String, timestampURL: String? = nil, timestampCA: String? = nil, bucket: String? = nil,
    prefix: String = defaultPrefix, close: Int = defaultClose, names: Names = .clear
  ) {
    self.signingKeyFile = signingKeyFile
    self.timestampURL = timestampURL
    self.timestampCA = timestampCA
    self.bucket = bucket
    self.prefix = prefix
    self.close = close
    self.names = names
  }
}

extension CustodySettings {
  /// Nil where there is no such section, or it lacks its key.
  static func read(_ custody: TOMLTableReader, isThere: Bool, _ environment: Environment) -> CustodySettings? {
    let keyFile = custody.value("signing_key_file", .credentialFile(in: environment.credentialsDirectory))
    let url = custody.value("timestamp_url", .timestampAuthority)
    let authorities = custody.value("timestamp_ca", .absolutePath("the absolute path of a PEM file"))
    let bucket = custody.value("bucket", .bucket)
    let prefix = custody.value("prefix", .keyPrefix)
    let close = custody.value("close", .timeOfDayUTC)
    let names = custody.choice("names", default: Names.clear)
    custody.finish()
    guard isThere else { return nil }
    if !custody.has("signing_key_file") {
      custody.error(
        "signing_key_file",
        "is missing; write the file of the Ed25519 key that signs each day: openssl genpkey -algorithm ed25519 makes one"
      )
    }
    if custody.has("timestamp_url"), !custody.has("timestamp_ca") {
      custody.error(
        "timestamp_ca",
        "is missing; write the PEM file of the authority's root certificate: without it nobody could tell a stamp from a"
          + " forged one")
    }
    if custody.has("timestamp_ca"), !custody.has("timestamp_url") {
      custody.error("timestamp_ca", "has no effect without timestamp_url; add that or remove it")
    }
    guard let keyFile else { return nil }
    return CustodySettings(
      signingKeyFile: keyFile, timestampURL: url, timestampCA: authorities, bucket: bucket,
      prefix: prefix ?? defaultPrefix, close: close ?? defaultClose, names: names)
  }
}

extension ValueSyntax where Value == String {
  /// Where a time-stamping authority answers. Many are asked over http: an answer is signed, and says nothing of what it
  /// is about but its digest.
  static var timestampAuthority: ValueSyntax {
    let expected = "\"http://host[:port]/path\" or \"https://…\" without user and fragment"
    return ValueSyntax(expected: expected, isShown: false) { text throws(SyntaxProblem) in
      let isPlain = text.hasPrefix("http://")
      guard isPlain || text.hasPrefix("https://") else {
        throw SyntaxProblem("begins with neither http:// nor https://")
      }
      let authority = text.dropFirst(isPlain ? 7 : 8).prefix { $0 != "/" && $0 != "?" }
      guard !authority.contains("@") else { throw SyntaxProblem("holds a user or password") }
      guard Endpoint.host(of: authority) != nil, text.utf8.count <= 2048,
        text.utf8.allSatisfy({ 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "\"") })
      else { throw SyntaxProblem("is no URL") }
      return text
    }
  }

  /// The beginning of objects' keys, in which nothing need be escaped.
  static var keyPrefix: ValueSyntax {
    matching("1 to 128 letters, digits and . _ - /, such as \"_custody\"", otherwise: "is no such beginning of a key") {
      text in
      let segments = text.pieces(at: "/")
      return 1...128 ~= text.utf8.count && Characters.isAlphanumeric(text, or: "._-/")
        && segments.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }
  }
}

extension ValueSyntax where Value == Int {
  /// `00:10`, as minutes since midnight UTC.
  static var timeOfDayUTC: ValueSyntax {
    ValueSyntax(expected: "a time of day, UTC, from \"00:00\" to \"23:59\"", parse: timeOfDay.parse)
  }
}
