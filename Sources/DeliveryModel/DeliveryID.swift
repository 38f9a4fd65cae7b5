/// The idempotency key of everything after hashing: a UUIDv8 made of what the delivery is, so that a repeated attempt,
/// even after the loss of the journal, has the same id.
package struct DeliveryID: Hashable, Sendable {
  /// 16 bytes.
  package let bytes: [UInt8]

  /// What the id is the SHA-256 of: `s3loggerd/1`, folder, path, mtime in ns and content, unambiguously joined
  /// (each field is preceded by its length, the numbers are big-endian).
  package static func preimage(folder: String, path: RelativePath, modified: Int64, content: SHA256Digest) -> [UInt8] {
    var bytes = Array("s3loggerd/1".utf8)
    for field in [Array(folder.utf8), path.bytes] {
      bytes.append(contentsOf: bigEndian(Int64(field.count)))
      bytes.append(contentsOf: field)
    }
    bytes.append(contentsOf: bigEndian(modified))
    bytes.append(contentsOf: content.bytes)
    return bytes
  }

  /// The first 16 bytes of the digest of ``preimage(folder:path:modified:content:)``, with version 8 and the RFC 9562
  /// variant set.
  package init(digest: SHA256Digest) {
    var bytes = Array(digest.bytes.prefix(16))
    bytes[6] = bytes[6] & 0x0f | 0x80
    bytes[8] = bytes[8] & 0x3f | 0x80
    self.bytes = bytes
  }

  /// Takes 16 stored bytes; nil for any other count.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// `xxxxxxxx-xxxx-8xxx-xxxx-xxxxxxxxxxxx`.
  package var text: String {
    let digits = Array(Hexadecimal.encode(bytes).utf8)
    let groups = [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]]
    return groups.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
  }

  private static func bigEndian(_ value: Int64) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
