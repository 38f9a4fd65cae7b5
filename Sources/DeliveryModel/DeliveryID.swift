/// The idempotency key of everything after hashing: a UUIDv8 made of what the delivery is, so that a repeated attempt,
/// even after the loss of the journal, has the same id.
package struct DeliveryID: Hashable, Sendable {
  /// 16 bytes.
  package let bytes: [UInt8]

  /// What the id is the SHA-256 of: `s3loggerd/1`, folder, path, mtime in ns and content, unambiguously joined
  /// (each field is preceded by its length, the numbers are big-endian).
  package static func preimage(folder: String, path: RelativePath, modified: Int64, content: SHA256Digest) -> [UInt8] {
    var bytes = Array("s3loggerd/1".utf8)
    bytes.reserveCapacity(bytes.count + folder.utf8.count + path.bytes.count + 24 + SHA256Digest.byteCount)
    append(Int64(folder.utf8.count), to: &bytes)
    bytes.append(contentsOf: folder.utf8)
    append(Int64(path.bytes.count), to: &bytes)
    bytes.append(contentsOf: path.bytes)
    append(modified, to: &bytes)
    bytes.append(contentsOf: content.bytes)
    return bytes
  }

  /// The same for a file that was refused unread, by its size in bytes in place of its content.
  package static func preimage(folder: String, path: RelativePath, modified: Int64, unreadSize: Int64) -> [UInt8] {
    var bytes = Array("s3loggerd/unread".utf8)
    append(Int64(folder.utf8.count), to: &bytes)
    bytes.append(contentsOf: folder.utf8)
    append(Int64(path.bytes.count), to: &bytes)
    bytes.append(contentsOf: path.bytes)
    append(modified, to: &bytes)
    append(unreadSize, to: &bytes)
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
    String(unsafeUninitializedCapacity: 36) { buffer in
      var end = 0
      for (index, byte) in bytes.enumerated() {
        if index == 4 || index == 6 || index == 8 || index == 10 {
          buffer[end] = UInt8(ascii: "-")
          end += 1
        }
        buffer[end] = Hexadecimal.digit(byte >> 4)
        buffer[end + 1] = Hexadecimal.digit(byte & 15)
        end += 2
      }
      return end
    }
  }

  private static func append(_ value: Int64, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
