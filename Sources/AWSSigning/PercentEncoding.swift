/// Percent-encoding as SigV4 prescribes it ("UriEncode"): every byte but the unreserved characters of RFC 3986 becomes
/// `%XX`, in upper case; see <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
package enum PercentEncoding {
  /// A path to send and to sign: `/` stays as it is.
  package static func path(_ bytes: some Collection<UInt8>) -> String {
    encoded(bytes, keepingSlash: true)
  }

  /// A path to send and to sign; see ``path(_:)``.
  package static func path(_ text: String) -> String { path(text.utf8) }

  /// A name or value of a query, or anything else where `/` has no meaning of its own.
  package static func component(_ bytes: some Collection<UInt8>) -> String {
    encoded(bytes, keepingSlash: false)
  }

  /// A name or value of a query; see ``component(_:)``.
  package static func component(_ text: String) -> String { component(text.utf8) }

  /// Bytes that lie side by side are read where they lie: through `Collection` each one costs a call, and in another module
  /// an allocation.
  private static func encoded(_ bytes: some Collection<UInt8>, keepingSlash: Bool) -> String {
    bytes.withContiguousStorageIfAvailable { encoded($0, keepingSlash: keepingSlash) }
      ?? Array(bytes).withUnsafeBufferPointer { encoded($0, keepingSlash: keepingSlash) }
  }

  private static func encoded(_ bytes: UnsafeBufferPointer<UInt8>, keepingSlash: Bool) -> String {
    String(unsafeUninitializedCapacity: 3 * bytes.count) { buffer in
      var end = 0
      for byte in bytes {
        if isUnreserved(byte) || (keepingSlash && byte == UInt8(ascii: "/")) {
          buffer[end] = byte
          end += 1
        } else {
          buffer[end] = UInt8(ascii: "%")
          buffer[end + 1] = upperCaseDigit(byte >> 4)
          buffer[end + 2] = upperCaseDigit(byte & 15)
          end += 3
        }
      }
      return end
    }
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: false
    }
  }

  private static func upperCaseDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }
}
