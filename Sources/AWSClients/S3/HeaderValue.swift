import AWSSigning

/// Text as the value of a header.
enum HeaderValue {
  /// Visible ASCII and single spaces within stay; text with anything else is percent-encoded as a whole, so that no
  /// value can end its header, and what is signed is what is sent.
  static func visible(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { 0x20...0x7e ~= $0 }
    let needsTrimming = text.utf8.first == 0x20 || text.utf8.last == 0x20 || text.contains("  ")
    return isPlain && !needsTrimming ? text : PercentEncoding.component(text)
  }
}
