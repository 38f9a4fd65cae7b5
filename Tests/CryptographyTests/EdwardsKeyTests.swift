import Cryptography
import DeliveryModel
import Testing

@Suite("Ed25519 and HKDF")
struct EdwardsKeyTests {
  /// RFC 8032 section 7.1, tests 1 to 3: secret key, public key, message, signature.
  static let vectors = [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        + "655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        + "b00d291612bb0c00"
    ),
    (
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        + "c027beceea1ec40a"
    ),
  ]

  @Test("keys sign as RFC 8032 has it, and what they sign is valid", arguments: vectors)
  func publishedValues(secret: String, key: String, message: String, signature: String) throws {
    let signing = try SigningKey(raw: #require(Hexadecimal.decode(secret)))
    let message = try #require(Hexadecimal.decode(message))
    #expect(Hexadecimal.encode(signing.verifyingKey.raw) == key)
    let made = signing.sign(message)
    #expect(Hexadecimal.encode(made) == signature)
    #expect(signing.verifyingKey.isValid(made, for: message))
    for place in [0, 31, 32, 63] {
      var other = made
      other[place] ^= 1
      #expect(!signing.verifyingKey.isValid(other, for: message))
    }
    #expect(!signing.verifyingKey.isValid(made, for: message + [0]))
    #expect(!signing.verifyingKey.isValid(Array(made.dropLast()), for: message))
  }

  /// RFC 8410 sections 10.1 and 10.3: a public and a private key in PEM that belong together.
  static let publicPEM = """
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
    -----END PUBLIC KEY-----

    """
  static let privatePEM = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
    -----END PRIVATE KEY-----

    """

  @Test("keys are read from PEM, and the public one is written as it was")
  func pem() throws {
    let signing = try SigningKey(pem: Self.privatePEM.utf8)
    #expect(signing.verifyingKey.pem == Self.publicPEM)
    let verifying = try VerifyingKey(pem: Self.publicPEM.utf8)
    #expect(verifying == signing.verifyingKey)
    #expect(verifying.fingerprint == SHA256.digest(of: verifying.der))
    #expect("\(signing)" == "signing key")
  }

  @Test("what is no Ed25519 key without a passphrase is refused, and nobody is asked")
  func refused() {
    #expect(throws: KeyError.self) { try SigningKey(pem: Self.publicPEM.utf8) }
    #expect(throws: KeyError.self) { try SigningKey(pem: "".utf8) }
    #expect(throws: KeyError.self) { try VerifyingKey(raw: [1, 2, 3]) }
    // X25519, of RFC 8410's family.
    #expect(throws: KeyError.notEd25519) {
      try VerifyingKey(
        pem: """
          -----BEGIN PUBLIC KEY-----
          MCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
          -----END PUBLIC KEY-----
          """.utf8)
    }
    // Made by: openssl genpkey -algorithm ed25519 -aes256 -pass pass:secret
    #expect(throws: KeyError.encrypted) { try SigningKey(pem: Self.encryptedPEM.utf8) }
  }

  static let encryptedPEM = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAicoE6Uxhk92AICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECK1VQxF44UoMdBnrmV5Wp8EQGvR
    4GD3nMlzwma5JG+3AH+5QUdP9Ui8KITjcxSb6R78vrLPusMU/OBHZ1Q4NAX3W1/Y
    LINn2Gnj6HpqT1oTSmE=
    -----END ENCRYPTED PRIVATE KEY-----
    """

  /// RFC 5869 appendix A, tests 1 and 3.
  @Test(
    "HKDF gives the values of RFC 5869",
    arguments: [
      (
        "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
      ),
      ("", "", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
    ])
  func hkdf(salt: String, info: String, output: String) throws {
    let derived = HKDF.derive(
      from: [UInt8](repeating: 0x0b, count: 22), salt: try #require(Hexadecimal.decode(salt)),
      info: try #require(Hexadecimal.decode(info)), count: 42)
    #expect(Hexadecimal.encode(derived) == output)
  }
}
