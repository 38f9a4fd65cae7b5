import AWSSigning
import DeliveryModel

/// Credentials as a JSON document: of a `credential_process`, of the container's endpoint, of the instance metadata.
struct CredentialDocument {
  private let document: JSONValue

  /// Nil for what is no JSON object.
  init?(parsing bytes: [UInt8]) {
    guard let value = JSONValue(parsing: bytes), case .object = value else { return nil }
    document = value
  }

  /// A member that is text.
  subscript(name: String) -> String? { document[name]?.text }

  /// The format's version, which only processes tell.
  var version: String? {
    guard case .number(let text)? = document["Version"] else { return nil }
    return text
  }

  /// The credentials; nil where one half is missing or is no token. `token` names the session token's member.
  func credentials(token: String) -> AWSCredentials? {
    guard let key = BoundedText.token(self["AccessKeyId"], limit: 256),
      let secret = BoundedText.token(self["SecretAccessKey"], limit: 1024)
    else { return nil }
    let session = BoundedText.token(self[token], limit: 16_384)
    if self[token]?.isEmpty == false, session == nil { return nil }
    let expiration = Self.moment(self["Expiration"])
    if self["Expiration"] != nil, expiration == nil { return nil }
    return AWSCredentials(accessKeyID: key, secretAccessKey: secret, sessionToken: session, expiration: expiration)
  }

  /// Why there are no credentials in it, in words that follow what printed or sent it: which member is missing or wrong.
  func fault(token: String) -> String {
    for name in ["AccessKeyId", "SecretAccessKey"] where self[name] == nil { return "gave no usable \(name)" }
    let names = ["AccessKeyId", "SecretAccessKey"] + (self[token]?.isEmpty == false ? [token] : [])
    if let fault = CredentialValue.fault(in: names.map { ($0, self[$0] ?? "") }) {
      return "gave no usable credentials: \(fault)"
    }
    let isWithoutEnd = self["Expiration"] != nil && Self.moment(self["Expiration"]) == nil
    return isWithoutEnd ? "gave no usable Expiration" : "gave no usable credentials"
  }

  /// A moment of ISO 8601 as programs write it: with `T` or a space, with or without hyphens and colons, with a fraction,
  /// which is dropped, and with `Z`, `UTC`, `GMT` or an offset such as `+01:00`, `+0100` or `+01`.
  static func moment(_ text: String?) -> Timestamp? {
    guard let text, text.utf8.count <= 40 else { return nil }
    var rest = text.utf8[...]
    guard let year = number(4, &rest) else { return nil }
    let isExtended = skip("-", &rest)
    guard let month = number(2, &rest), skip("-", &rest) == isExtended, let day = number(2, &rest),
      skip("T", &rest) || skip("t", &rest) || skip(" ", &rest), let hour = number(2, &rest),
      skip(":", &rest) == isExtended, let minute = number(2, &rest), skip(":", &rest) == isExtended,
      let second = number(2, &rest), skipFraction(&rest), let east = offset(rest)
    else { return nil }
    let local = ServiceDate.iso8601("\(year)-\(month)-\(day)T\(hour):\(minute):\(second)Z")
    return local.map { $0 + (.zero - east) }
  }

  /// East of Greenwich; nil where no zone is given or it is none.
  private static func offset(_ text: Substring.UTF8View) -> Duration? {
    var rest = text
    _ = skip(" ", &rest)
    if ["Z", "z", "UTC", "GMT"].contains(where: { rest.elementsEqual($0.utf8) }) { return .zero }
    let isEast = skip("+", &rest)
    guard isEast || skip("-", &rest), let hours = number(2, &rest), hours < 24 else { return nil }
    let hasColon = skip(":", &rest)
    let minutes = rest.isEmpty && !hasColon ? 0 : number(2, &rest)
    guard let minutes, minutes < 60, rest.isEmpty else { return nil }
    return .seconds((hours * 3600 + minutes * 60) * (isEast ? 1 : -1))
  }

  private static func number(_ digits: Int, _ rest: inout Substring.UTF8View) -> Int64? {
    let part = rest.prefix(digits)
    guard part.count == digits, part.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    rest = rest.dropFirst(digits)
    return Int64(Substring(part))
  }

  private static func skip(_ scalar: Unicode.Scalar, _ rest: inout Substring.UTF8View) -> Bool {
    guard rest.first == UInt8(ascii: scalar) else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// True unless a fraction begins and has no digits.
  private static func skipFraction(_ rest: inout Substring.UTF8View) -> Bool {
    guard skip(".", &rest) || skip(",", &rest) else { return true }
    guard number(1, &rest) != nil else { return false }
    rest = rest.drop { 0x30...0x39 ~= $0 }
    return true
  }
}
