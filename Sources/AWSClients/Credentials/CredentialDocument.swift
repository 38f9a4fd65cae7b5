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

  /// A moment of ISO 8601, with `Z` or an offset such as `+01:00`.
  static func moment(_ text: String?) -> Timestamp? {
    guard let text, !text.hasSuffix("Z"), text.utf8.count > 6 else { return ServiceDate.iso8601(text) }
    let offset = text.suffix(6)
    let parts = offset.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    guard let sign = offset.first, sign == "+" || sign == "-", parts.count == 2, let hours = Int64(parts[0]),
      let minutes = Int64(parts[1]), 0...23 ~= hours, 0...59 ~= minutes,
      let local = ServiceDate.iso8601(text.dropLast(6) + "Z")
    else { return nil }
    let east = Duration.seconds(hours * 3600 + minutes * 60)
    return sign == "+" ? local + (.zero - east) : local + east
  }
}
