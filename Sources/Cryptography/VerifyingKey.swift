package import DeliveryModel

/// An Ed25519 public key (RFC 8032).
package struct VerifyingKey: Sendable, Equatable {
  private let key: EdwardsKey
  /// The key's 32 bytes.
  package let raw: [UInt8]

  init(_ key: EdwardsKey) {
    self.key = key
    raw = key.publicBytes
  }

  /// Reads a public key in PEM (`-----BEGIN PUBLIC KEY-----`).
  package init(pem: some Collection<UInt8>) throws(KeyError) {
    self.init(try EdwardsKey(publicPEM: pem))
  }

  /// Takes the key's 32 bytes.
  package init(raw: [UInt8]) throws(KeyError) {
    self.init(try EdwardsKey(raw: raw, isPrivate: false))
  }

  package static func == (left: Self, right: Self) -> Bool { left.raw == right.raw }

  /// Whether the key's owner signed `message`.
  package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool { key.isValid(signature, for: message) }

  /// The key as a `SubjectPublicKeyInfo` in DER: a fixed beginning and the 32 bytes (RFC 8410 section 4).
  package var der: [UInt8] {
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00] + raw
  }

  /// The key in PEM, with a newline at its end, byte for byte as `openssl pkey -pubout` writes it.
  package var pem: String {
    "-----BEGIN PUBLIC KEY-----\n\(Base64.encode(der))\n-----END PUBLIC KEY-----\n"
  }

  /// SHA-256 of ``der``: what `openssl pkey -pubin -outform DER | sha256sum` shows.
  package var fingerprint: SHA256Digest { SHA256.digest(of: der) }
}
