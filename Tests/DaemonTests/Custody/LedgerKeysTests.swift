import Cryptography
import DeliveryModel
import TestSupport
import Testing

@testable import Daemon

/// The file of the signing key: one key, or a new one and those before it.
struct LedgerKeysTests {
  /// A private key in PEM (RFC 8410): a fixed beginning and its 32 bytes.
  private func pem(_ seed: UInt8) -> String {
    let der: [UInt8] =
      [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
      + [UInt8](repeating: seed, count: 32)
    return "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(der))\n-----END PRIVATE KEY-----\n"
  }

  private func fingerprint(_ seed: UInt8) throws -> SHA256Digest {
    try SigningKey(raw: [UInt8](repeating: seed, count: 32)).verifyingKey.fingerprint
  }

  @Test("the first key of the file signs, those after it are known by their fingerprint")
  func several() throws {
    let keys = try LedgerKeys(pem: Array((pem(1) + "\n" + pem(2)).utf8))
    #expect(try keys.current.verifyingKey.fingerprint == fingerprint(1))
    #expect(keys.former.count == 1)
    #expect(try keys.key(fingerprint(2))?.verifyingKey.fingerprint == fingerprint(2))
    #expect(try keys.key(fingerprint(3)) == nil)
  }

  @Test("what is no key is refused in words", arguments: ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
  func nonsense(text: String) {
    #expect(throws: KeyError.self) { try LedgerKeys(pem: Array(text.utf8)) }
  }

  @Test("a second key that cannot be read is no reason to sign with the first and forget it")
  func brokenSecond() {
    #expect(throws: KeyError.self) { try LedgerKeys(pem: Array((pem(1) + "-----BEGIN PRIVATE KEY-----\nAAAA\n").utf8)) }
  }

  @Test("a file that is not there is named, and one of systemd's told apart")
  func missing() throws {
    let directory = try TemporaryDirectory()
    func fault(_ path: String) -> LedgerKeys.Fault? {
      do throws(LedgerKeys.Fault) {
        _ = try LedgerKeys.read(path)
        return nil
      } catch {
        return error
      }
    }
    let here = try #require(fault(directory.path + "/none.pem"))
    #expect(here.message.contains(directory.path + "/none.pem") && !here.isForSystemd)
    #expect(fault("/run/credentials/s3loggerd.service/none")?.isForSystemd == true)
  }
}
