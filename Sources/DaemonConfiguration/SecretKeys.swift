/// Keys whose names say that their values are secrets. No key of the configuration is one.
enum SecretKeys {
  private static let signs = [
    "secret", "password", "passwd", "passphrase", "session_token", "security_token", "access_key", "private_key",
  ]
  /// The keys that name files; the longer first, for it may hold the other's words.
  private static let paths = ["secret_access_key_file", "webhook_secret_file", "access_key_id_file"]

  static let message =
    "credentials do not belong in this file; remove the line, and replace the key if others could read it. Name the files"
    + " that hold the key with access_key_id_file and secret_access_key_file, or use a profile or role_arn"

  /// Whether `name`, in any spelling, looks like that of a secret, or a line of text holds such a name.
  static func contains(_ name: String) -> Bool {
    let rest = paths.reduce(name) { $0.replacing($1, with: "") }
    let plain = rest.lowercased().filter(\.isLetter)
    return signs.contains { plain.contains($0.filter(\.isLetter)) }
  }

  /// Whether a text has the shape of an access key id or of its secret.
  ///
  /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  static func isAccessKey(_ text: String) -> Bool {
    if text.utf8.count == 20, text.hasPrefix("AKIA") || text.hasPrefix("ASIA") { return true }
    return text.utf8.count == 40 && Characters.isAlphanumeric(text, or: "/+=")
  }

  /// Reports every such key, however deep.
  static func report(in table: [String: TOMLNode], at key: ConfigurationKey = .document, to findings: Findings) {
    for (name, value) in table {
      let here = key.appending(name)
      if contains(name) { findings.error(here, message) } else { report(in: value, at: here, to: findings) }
    }
  }

  private static func report(in node: TOMLNode, at key: ConfigurationKey, to findings: Findings) {
    switch node {
    case .table(let entries): report(in: entries, at: key, to: findings)
    case .array(let nodes):
      for (index, node) in nodes.enumerated() { report(in: node, at: key.appending(index + 1), to: findings) }
    default: return
    }
  }
}
