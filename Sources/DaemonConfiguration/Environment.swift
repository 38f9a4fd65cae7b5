/// The environment variables that complete a configuration. An empty variable counts as absent.
struct Environment {
  /// All of them, as they are.
  let variables: [String: String]

  init(_ variables: [String: String]) {
    self.variables = variables
  }

  subscript(name: String) -> String? {
    guard let value = variables[name], !value.isEmpty else { return nil }
    return value
  }

  /// A checked variable; nil if it is absent or wrong, which is reported.
  func value<Value>(_ name: String, _ syntax: ValueSyntax<Value>, _ findings: Findings) -> Value? {
    guard let text = self[name] else { return nil }
    do {
      return try syntax.parse(text)
    } catch {
      findings.error(variable: name, syntax.message(for: text, error))
      return nil
    }
  }

  /// The first of systemd's directories of a kind, a list with colons (systemd.exec(5)).
  func firstDirectory(_ name: String) -> String? {
    self[name]?.split(separator: ":").first.map(String.init)
  }

  /// Where systemd puts this service's credentials; a command run by hand finds those of the unit.
  var credentialsDirectory: String {
    self["CREDENTIALS_DIRECTORY"] ?? "/run/credentials/s3loggerd.service"
  }
}
