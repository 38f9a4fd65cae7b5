import Cryptography
import DeliveryModel
import Testing

@Suite("Digests")
struct DigestTests {
  /// From FIPS 180-4's examples, and what every tool says of nothing.
  static let known = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]

  @Test("SHA-256 gives the published values", arguments: known)
  func sha256(text: String, hex: String) {
    #expect(SHA256.digest(of: Array(text.utf8)).hex == hex)
    #expect(SHA256.digest(of: text.utf8.lazy.map { $0 }).hex == hex, "without contiguous storage")
    #expect(Array(text.utf8).withUnsafeBytes { SHA256.digest(of: $0).hex } == hex)
  }

  @Test("SHA-256 of a million letters gives the published value")
  func long() {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(SHA256.digest(of: bytes).hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("a digest in pieces equals that of the whole, wherever the cuts are")
  func pieces() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for cut in [0, 1, 55, 63, 64, 65, 128, 299, 300] {
      var hasher = SHA256Hasher()
      hasher.update(bytes[..<cut])
      bytes[cut...].withUnsafeBytes { hasher.update($0) }
      #expect(hasher.finalize() == SHA256.digest(of: bytes))
    }
  }

  @Test("a hasher that was finished begins anew")
  func reuse() {
    var hasher = SHA256Hasher()
    hasher.update("something".utf8)
    _ = hasher.finish()
    hasher.update("abc".utf8)
    #expect(hasher.finish().hex == Self.known[1].1)
  }

  /// RFC 4231, cases 1, 2, 6 and 7: a short key, a shorter one, and keys longer than a block.
  @Test(
    "HMAC-SHA-256 gives the values of RFC 4231",
    arguments: [
      (
        [UInt8](repeating: 0x0b, count: 20), "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
      (
        [UInt8](repeating: 0xaa, count: 131),
        "This is a test using a larger than block-size key and a larger than block-size data. "
          + "The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
      ),
    ])
  func hmac(key: [UInt8], message: String, hex: String) {
    var hasher = SHA256Hasher()
    #expect(HMACSHA256(key: key).code(of: Array(message.utf8), using: &hasher).hex == hex)
  }
}
