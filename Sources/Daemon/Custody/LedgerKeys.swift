import Cryptography
import DaemonConfiguration
import DeliveryModel
import Glibc
import SystemSupport

/// What `signing_key_file` holds: the key that signs, and after it former ones, so that a new key can be signed with the one
/// before.
struct LedgerKeys: Sendable {
  /// The first of the file.
  let current: SigningKey
  let former: [SigningKey]

  /// Why there is no key to sign with.
  struct Fault: Error {
    let message: String
    /// Whether systemd hands the file over while the service runs, and nobody else can look.
    var isForSystemd = false
  }

  /// More of a file of keys is not read.
  private static let limit = 64 << 10
  private static let beginning = Array("-----BEGIN ".utf8)

  init(pem bytes: [UInt8]) throws(KeyError) {
    let starts = bytes.indices.filter { bytes[$0...].starts(with: Self.beginning) }
    var keys: [SigningKey] = []
    for (index, start) in starts.enumerated() {
      keys.append(try SigningKey(pem: bytes[start..<(index + 1 < starts.count ? starts[index + 1] : bytes.count)]))
    }
    guard let first = keys.first else { throw .unreadable("no line that begins with -----BEGIN") }
    current = first
    former = Array(keys.dropFirst())
  }

  /// Reads the file. Blocks.
  static func read(_ path: String) throws(Fault) -> LedgerKeys {
    let bytes: [UInt8]
    do throws(SystemCallError) {
      bytes = try SmallFile.read(path, limit: limit)
    } catch {
      throw Fault(
        message: "the signing key \(EscapedText.escape(path)) cannot be read: \(error.meaning)",
        isForSystemd: error.code == ENOENT && path.hasPrefix("/run/credentials/"))
    }
    do throws(KeyError) {
      return try LedgerKeys(pem: bytes)
    } catch {
      throw Fault(message: "the signing key \(EscapedText.escape(path)) is of no use: \(error)")
    }
  }

  /// The key with this fingerprint; nil where the file has none.
  func key(_ fingerprint: SHA256Digest) -> SigningKey? {
    ([current] + former).first { $0.verifyingKey.fingerprint == fingerprint }
  }
}
