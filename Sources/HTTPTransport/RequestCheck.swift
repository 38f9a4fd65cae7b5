/// Refuses a request that would not arrive as it was written: a line break in a header would begin another header.
enum RequestCheck {
  /// What is wrong with the request; nil if it can be sent.
  static func problem(of request: HTTPRequest) -> TransportError? {
    if !isURL(request.url) {
      return refusal("the URL is not an http or https URL of printable ASCII characters")
    }
    for header in request.headers {
      if !isName(header.name) { return refusal("a header name holds a character that is not allowed there") }
      if !isValue(header.value) {
        return refusal("the header \(header.name) holds a line break or a control character")
      }
    }
    if case .file(_, let offset, let length) = request.body, offset < 0 || length < 0 {
      return refusal("the body's offset or length is negative")
    }
    return nil
  }

  private static func refusal(_ reason: String) -> TransportError {
    TransportError(kind: .other, message: "the request was not sent: " + reason)
  }

  private static func isURL(_ url: String) -> Bool {
    (url.hasPrefix("http://") || url.hasPrefix("https://")) && holds(url) { $0 > 0x20 && $0 < 0x7f }
  }

  /// A token of RFC 9110, section 5.6.2.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty
      && holds(name) { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
      }
  }

  private static func isValue(_ value: String) -> Bool {
    holds(value) { ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }
  }

  /// Whether every byte is as wanted: over the bytes where they lie, since every request's every byte comes by here.
  @inline(__always)
  private static func holds(_ text: String, _ wanted: (UInt8) -> Bool) -> Bool {
    let bytes = text.utf8.span
    for index in bytes.indices where !wanted(bytes[index]) { return false }
    return true
  }
}
