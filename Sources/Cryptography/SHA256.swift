package import DeliveryModel

/// SHA-256 (FIPS 180-4) of bytes that are all in memory.
package enum SHA256 {
  package static func digest(of bytes: some Collection<UInt8>) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finalize()
  }

  package static func digest(of bytes: UnsafeRawBufferPointer) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finalize()
  }
}
