import DeliveryModel

/// HKDF with SHA-256 (RFC 5869): keys for separate uses out of one master key.
package enum HKDF {
  /// `count` bytes, at most 8160 (255 digests).
  package static func derive(
    from master: some Collection<UInt8>, salt: some Collection<UInt8>, info: some Collection<UInt8>, count: Int
  ) -> [UInt8] {
    precondition(0...255 * SHA256Digest.byteCount ~= count)
    let expansion = HMACSHA256(key: HMACSHA256(key: salt).code(of: master).bytes)
    var output: [UInt8] = []
    var block: [UInt8] = []
    var counter: UInt8 = 1
    while output.count < count {
      block = expansion.code(of: block + Array(info) + [counter]).bytes
      output += block
      counter &+= 1
    }
    return Array(output.prefix(count))
  }
}
