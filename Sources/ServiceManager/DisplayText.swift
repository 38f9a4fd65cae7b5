import DeliveryModel

/// Text that people read in a log line or a status line: it cannot act, forge a line or grow without bound.
enum DisplayText {
  /// Escapes what could act instead of being read, as ``EscapedText`` does, but leaves backslashes alone, so that text
  /// which was escaped before stays as it is.
  static func neutralized(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text }
    let parts = text.utf8.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false)
    return parts.map { EscapedText.escape($0) }.joined(separator: "\\")
  }

  /// At most `limit` bytes of UTF-8 (no fewer than 3), cut between two characters and ended with `…` where it was cut.
  static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let ellipsis = "…"
    var result = String.UnicodeScalarView()
    var room = limit - ellipsis.utf8.count
    for scalar in text.unicodeScalars {
      room -= UTF8.width(scalar)
      if room < 0 { break }
      result.append(scalar)
    }
    return String(result) + ellipsis
  }
}
