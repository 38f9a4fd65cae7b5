import DeliveryModel

/// The parser's complaint made fit to be shown.
enum SyntaxMessage {
  /// The parser may quote the text it stumbled over, which must not be a secret's value.
  static func text(_ error: TOMLNode.SyntaxError, in text: ConfigurationText) -> String {
    let lines = text.text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = lines.indices.contains(error.position.line - 1) ? lines[error.position.line - 1] : ""
    if SecretKeys.contains(String(line)) { return "is not valid TOML; moreover, \(SecretKeys.message)" }
    return "is not valid TOML: " + EscapedText.escape(String(error.message.prefix(300)))
  }
}
