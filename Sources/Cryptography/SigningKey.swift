/// An Ed25519 private key (RFC 8032) that signs.
package struct SigningKey: Sendable {
  private let key: EdwardsKey

  /// Reads a private key in PEM without a passphrase, as `openssl genpkey -algorithm ed25519` writes it.
  package init(pem: some Collection<UInt8>) throws(KeyError) {
    key = try EdwardsKey(privatePEM: pem)
  }

  /// Takes the 32 bytes of the private key.
  package init(raw: [UInt8]) throws(KeyError) {
    key = try EdwardsKey(raw: raw, isPrivate: true)
  }

  /// The signature over `message`, 64 bytes. Equal messages give equal signatures.
  package func sign(_ message: [UInt8]) -> [UInt8] { key.sign(message) }

  /// The key that verifies what this one signs.
  package var verifyingKey: VerifyingKey { VerifyingKey(key) }
}

/// A key is for no eyes.
extension SigningKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "signing key" }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
