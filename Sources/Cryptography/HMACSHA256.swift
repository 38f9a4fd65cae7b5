package import DeliveryModel

/// HMAC-SHA-256 (RFC 2104) with a fixed key, held as the two blocks that the digests begin with.
///
/// Two plain digests over one reused context: cheaper than OpenSSL's own HMAC, which copies a context for every message.
package struct HMACSHA256: Sendable {
  private let inner: [UInt8]
  private let outer: [UInt8]

  private static let blockSize = 64

  package init(key: some Collection<UInt8>) {
    var block = key.count > Self.blockSize ? SHA256.digest(of: key).bytes : Array(key)
    block.append(contentsOf: repeatElement(0, count: Self.blockSize - block.count))
    inner = block.map { $0 ^ 0x36 }
    outer = block.map { $0 ^ 0x5c }
  }

  /// The code of `message`. `hasher` must have nothing pending, and has nothing pending afterwards.
  package func code(of message: some Collection<UInt8>, using hasher: inout SHA256Hasher) -> SHA256Digest {
    hasher.update(inner)
    hasher.update(message)
    let digest = hasher.finish()
    hasher.update(outer)
    hasher.update(digest.bytes)
    return hasher.finish()
  }

  /// The code of `message`.
  package func code(of message: some Collection<UInt8>) -> SHA256Digest {
    var hasher = SHA256Hasher()
    return code(of: message, using: &hasher)
  }
}
