/// Which arrival of a file a delivery is: 128 random bits that the journal draws in the transaction that takes it up.
///
/// Record and object carry it, so that what another attempt, another host or an earlier journal left under the same key is
/// told apart from our own.
package struct ArrivalID: Hashable, Sendable {
  /// 16 bytes.
  package let bytes: [UInt8]

  package static let byteCount = 16

  /// Takes 16 bytes; nil for any other count.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// 26 characters of RFC 4648's base32 in small letters, without padding.
  package var text: String {
    String(unsafeUninitializedCapacity: Self.textLength) { buffer in
      var (bits, held, end) = (UInt32(0), 0, 0)
      for byte in bytes {
        bits = bits << 8 | UInt32(byte)
        held += 8
        while held >= 5 {
          held -= 5
          buffer[end] = Self.digits[Int(bits >> UInt32(held) & 31)]
          end += 1
        }
      }
      buffer[end] = Self.digits[Int(bits << UInt32(5 - held) & 31)]
      return end + 1
    }
  }

  private static let textLength = 26
  private static let digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
}
