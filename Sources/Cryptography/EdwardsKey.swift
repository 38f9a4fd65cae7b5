import COpenSSL

/// An Ed25519 key of OpenSSL's (RFC 8032), freed with its last user. Read-only: any thread may use it.
final class EdwardsKey: @unchecked Sendable {
  /// Bytes of a raw key, and of a signature.
  static let keySize = 32
  static let signatureSize = 64

  private let key: OpaquePointer

  private init(owning key: OpaquePointer) throws(KeyError) {
    guard EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 else {
      EVP_PKEY_free(key)
      throw .notEd25519
    }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// Reads the first private key of a PEM text.
  convenience init(privatePEM pem: some Collection<UInt8>) throws(KeyError) {
    var asked = false
    let key = Self.withBuffer(pem) { buffer in
      withUnsafeMutablePointer(to: &asked) { PEM_read_bio_PrivateKey(buffer, nil, refusePassphrase, $0) }
    }
    let text = OpenSSLFailure.takeText()
    guard let key else { throw asked ? .encrypted : .unreadable(text) }
    try self.init(owning: key)
  }

  /// Reads the first public key of a PEM text.
  convenience init(publicPEM pem: some Collection<UInt8>) throws(KeyError) {
    let key = Self.withBuffer(pem) { PEM_read_bio_PUBKEY($0, nil, nil, nil) }
    let text = OpenSSLFailure.takeText()
    guard let key else { throw .unreadable(text) }
    try self.init(owning: key)
  }

  /// Takes the 32 bytes of a public key, or of a private one.
  convenience init(raw: [UInt8], isPrivate: Bool) throws(KeyError) {
    let make = isPrivate ? EVP_PKEY_new_raw_private_key : EVP_PKEY_new_raw_public_key
    let key = raw.count == Self.keySize ? make(EVP_PKEY_ED25519, nil, raw, raw.count) : nil
    let text = OpenSSLFailure.takeText()
    guard let key else { throw .unreadable(text.isEmpty ? "\(raw.count) bytes" : text) }
    try self.init(owning: key)
  }

  /// The 32 bytes of the public key.
  var publicBytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.keySize)
    var count = bytes.count
    let status = EVP_PKEY_get_raw_public_key(key, &bytes, &count)
    precondition(status == 1 && count == Self.keySize, "an Ed25519 key has a public key of 32 bytes")
    return bytes
  }

  /// The signature over `message`, 64 bytes. Equal messages give equal signatures.
  func sign(_ message: [UInt8]) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: Self.signatureSize)
    var count = signature.count
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    let status =
      EVP_DigestSignInit(context, nil, nil, nil, key) == 1
      && EVP_DigestSign(context, &signature, &count, message, message.count) == 1
    precondition(status && count == Self.signatureSize, "OpenSSL cannot sign: \(OpenSSLFailure.takeText())")
    return signature
  }

  func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    guard signature.count == Self.signatureSize else { return false }
    let context = EVP_MD_CTX_new()
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  /// Runs `body` over a read-only BIO of the bytes.
  private static func withBuffer<Result>(
    _ bytes: some Collection<UInt8>, _ body: (OpaquePointer?) -> Result
  ) -> Result {
    let bytes = Array(bytes.prefix(1 << 20))
    return bytes.withUnsafeBytes { memory in
      let buffer = BIO_new_mem_buf(memory.baseAddress, Int32(memory.count))
      defer { BIO_free(buffer) }
      return body(buffer)
    }
  }
}

/// OpenSSL asks on the terminal where no function is given. Answers that there is no passphrase, and notes the question.
private func refusePassphrase(
  _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _ asked: UnsafeMutableRawPointer?
) -> Int32 {
  asked?.assumingMemoryBound(to: Bool.self).pointee = true
  return -1
}
