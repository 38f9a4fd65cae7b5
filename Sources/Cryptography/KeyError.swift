/// Why bytes are no key that can be used.
package enum KeyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Nothing in PEM was found, or it cannot be read. The text is OpenSSL's.
  case unreadable(String)
  /// The key is protected by a passphrase, which nobody is there to type.
  case encrypted
  /// It is a key of another kind, such as RSA.
  case notEd25519

  package var description: String {
    switch self {
    case .unreadable(let text): "it holds no key in PEM that can be read" + (text.isEmpty ? "" : " (\(text))")
    case .encrypted: "the key is protected by a passphrase; write it without one, readable by the service alone"
    case .notEd25519: "the key is not an Ed25519 key; 'openssl genpkey -algorithm ed25519' makes one"
    }
  }
}
