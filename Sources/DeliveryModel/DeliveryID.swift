/// The idempotency key of everything after hashing: a UUIDv8 made of what the delivery is, so that a repeated attempt, even
/// after the loss of the journal, has the same id. Times, inode and device are no part of it.
package struct DeliveryID: Hashable, Sendable {
  /// 16 bytes.
  package let bytes: [UInt8]

  /// What the id is the SHA-256 of: `s3loggerd/2`, folder, path and content, unambiguously joined (each field is preceded by
  /// its length, the numbers are big-endian), and `arrival` where another arrival of this very content at this path has the
  /// id without it. A file that was refused unread has its mtime (ns) and its size (bytes) in place of its content.
  package static func preimage(
    folder: String, path: RelativePath, content: Content, arrival: ArrivalID? = nil
  ) -> [UInt8] {
    var bytes: [UInt8]
    switch content {
    case .digest: bytes = Array("s3loggerd/2".utf8)
    case .unread: bytes = Array("s3loggerd/unread".utf8)
    }
    bytes.reserveCapacity(bytes.count + folder.utf8.count + path.bytes.count + 80)
    append(Int64(folder.utf8.count), to: &bytes)
    bytes.append(contentsOf: folder.utf8)
    append(Int64(path.bytes.count), to: &bytes)
    bytes.append(contentsOf: path.bytes)
    switch content {
    case .digest(let digest): bytes.append(contentsOf: digest.bytes)
    case .unread(let modified, let size):
      append(modified, to: &bytes)
      append(size, to: &bytes)
    }
    if let arrival { bytes.append(contentsOf: arrival.bytes) }
    return bytes
  }

  /// What an id is made of besides the path.
  package enum Content: Sendable, Equatable {
    case digest(SHA256Digest)
    /// Of a file that was refused unread: mtime in nanoseconds, bytes.
    case unread(modified: Int64, size: Int64)
  }

  /// The same as version 1.0.0 made it, with the file's mtime in ns.
  package static func formerPreimage(
    folder: String, path: RelativePath, modified: Int64, content: SHA256Digest
  ) -> [UInt8] {
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

  /// The first 16 bytes of the digest of ``preimage(folder:path:content:arrival:)``, with version 8 and the RFC 9562
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
