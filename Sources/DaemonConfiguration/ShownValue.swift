import DeliveryModel

/// A value of the configuration made fit for a message.
enum ShownValue {
  /// The text in quotes, escaped, and cut after 64 characters.
  static func quoted(_ text: String) -> String {
    let isCut = text.unicodeScalars.count > 64
    let shown = isCut ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(64))) : text
    return "\"" + EscapedText.escape(shown) + (isCut ? "…\"" : "\"")
  }
}
