import COpenSSL

/// An MD5 under way (RFC 1321), for servers that name an object by the MD5 of its content and repeat no better checksum.
/// It proves what such a server received; nothing is signed or identified by it.
///
/// It owns its OpenSSL context and frees it. It may move from one thread to another, but has one user at a time.
package struct MD5Hasher: ~Copyable, @unchecked Sendable {
  private let context: OpaquePointer

  /// Nil where OpenSSL offers no MD5, as in its FIPS mode.
  package init?() {
    guard let method = Algorithm.md5.method, let context = EVP_MD_CTX_new() else { return nil }
    guard EVP_DigestInit_ex2(context, method, nil) == 1 else {
      EVP_MD_CTX_free(context)
      return nil
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes. The pointer is not kept. A failure shows in the digest, which then fits no content.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    _ = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// The digest of everything added.
  package consuming func finalize() -> MD5Digest {
    var bytes = [UInt8](repeating: 0, count: 16)
    _ = EVP_DigestFinal_ex(context, &bytes, nil)
    return MD5Digest(bytes: bytes)
  }
}

/// The MD5 of some bytes.
package struct MD5Digest: Sendable, Hashable {
  /// 16 of them.
  package let bytes: [UInt8]

  /// Lower case, as ETags have it.
  package var hex: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

  /// Takes the 16 bytes as they were kept.
  package init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Of bytes in memory; nil where there is no MD5.
  package static func digest(of bytes: [UInt8]) -> MD5Digest? {
    guard var hasher = MD5Hasher() else { return nil }
    bytes.withUnsafeBytes { hasher.update($0) }
    return hasher.finalize()
  }

  /// Reads 32 hexadecimal digits; nil for anything else.
  package init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count == 32 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    for index in stride(from: 0, to: 32, by: 2) {
      guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// MD5 as the library implements it on this machine, looked up once.
private final class Algorithm: @unchecked Sendable {
  static let md5 = Algorithm()

  /// Never freed, and read-only: OpenSSL allows its use from any thread. Nil where there is none.
  let method = EVP_MD_fetch(nil, "MD5", nil)
}
