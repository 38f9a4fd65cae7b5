import COpenSSL
package import DeliveryModel

/// A SHA-256 under way, for content that arrives piece by piece. It owns its OpenSSL context and frees it.
///
/// It may move from one thread to another (a context is bound to none), but has one user at a time.
package struct SHA256Hasher: ~Copyable, @unchecked Sendable {
  private let context: OpaquePointer

  /// Starts a digest. Ends the process where OpenSSL offers no SHA-256 or no memory: nothing could be signed or proved.
  package init() {
    guard let context = EVP_MD_CTX_new() else { openSSLFailed("EVP_MD_CTX_new") }
    self.context = context
    begin()
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes. The pointer is not kept.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else { openSSLFailed("EVP_DigestUpdate") }
  }

  /// Adds bytes.
  package mutating func update(_ bytes: some Collection<UInt8>) {
    let added: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
    if added == nil { Array(bytes).withUnsafeBytes { update($0) } }
  }

  /// The digest of everything added.
  package consuming func finalize() -> SHA256Digest {
    end()
  }

  /// The digest of everything added since the last call; the next byte begins a new one in the same context.
  package mutating func finish() -> SHA256Digest {
    defer { begin() }
    return end()
  }

  private func begin() {
    guard EVP_DigestInit_ex2(context, Algorithm.sha256.method, nil) == 1 else { openSSLFailed("EVP_DigestInit_ex2") }
  }

  private func end() -> SHA256Digest {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let status = withUnsafeMutableBytes(of: &words) { output in
      output.withMemoryRebound(to: UInt8.self) { EVP_DigestFinal_ex(context, $0.baseAddress, nil) }
    }
    guard status == 1 else { openSSLFailed("EVP_DigestFinal_ex") }
    return SHA256Digest(
      words: (
        UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2), UInt64(bigEndian: words.3)
      ))
  }
}

/// SHA-256 as the library implements it on this machine, looked up once: a look-up costs more than a short digest.
private final class Algorithm: @unchecked Sendable {
  static let sha256 = Algorithm()

  /// Never freed, and read-only: OpenSSL allows its use from any thread.
  let method: OpaquePointer

  private init() {
    guard let method = EVP_MD_fetch(nil, "SHA256", nil) else { openSSLFailed("EVP_MD_fetch(SHA256)") }
    self.method = method
  }
}

/// Ends the process with what OpenSSL says. Only a broken library or an empty memory leads here, never an input.
private func openSSLFailed(_ call: StaticString) -> Never {
  var reasons: [String] = []
  while case let code = ERR_get_error(), code != 0 {
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(code, &text, text.count)
    reasons.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
  preconditionFailure("OpenSSL \(call) failed: \(reasons.joined(separator: "; "))")
}
