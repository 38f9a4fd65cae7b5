import DeliveryModel

/// Base64 with padding (RFC 4648 section 4), as S3's checksums and DynamoDB's binary values are written.
enum Base64 {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { buffer in
      var length = 0
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let count = min(3, bytes.count - start)
        var group = Int(bytes[start]) << 16
        if count > 1 { group |= Int(bytes[start + 1]) << 8 }
        if count > 2 { group |= Int(bytes[start + 2]) }
        for index in 0..<4 {
          buffer[length + index] = index > count ? UInt8(ascii: "=") : digits[group >> (18 - 6 * index) & 63]
        }
        length += 4
      }
      return length
    }
  }

  static func encode(_ digest: SHA256Digest) -> String { encode(digest.bytes) }

  static func encode(_ checksum: PartChecksum) -> String { encode(checksum.bytes) }
}
