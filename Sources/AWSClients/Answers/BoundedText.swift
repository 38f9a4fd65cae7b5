import DeliveryModel

/// Text of a service made fit to be shown: escaped and bounded.
enum BoundedText {
  /// The most scalars that a message has.
  static let messageLimit = 500

  /// Escapes `text` and cuts it at `limit` scalars.
  static func message(_ text: String, limit: Int = messageLimit) -> String {
    cut(EscapedText.escape(Array(text.utf8.prefix(limit * 4))), limit: limit)
  }

  /// Cuts text that is already escaped.
  static func cut(_ text: String, limit: Int = messageLimit) -> String {
    guard text.unicodeScalars.count > limit else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))) + "…"
  }

  /// A code, an id or a token as services use them: visible ASCII without quotes and spaces; nil for anything else.
  static func token(_ text: String?, limit: Int) -> String? {
    guard let text, !text.isEmpty, text.utf8.count <= limit else { return nil }
    return text.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "\"") } ? text : nil
  }
}
