package import Cryptography
package import DeliveryModel

/// The files of a closed day besides its entries and its stamp, and the signature over them all.
package enum DayTexts {
  /// A file of a day's directory.
  package struct File: Equatable, Sendable {
    package let name: String
    package let bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// The names of a day's files.
  package static let entries = "entries.jsonl"
  package static let checkpoint = "checkpoint"
  package static let stamp = "checkpoint.tsr"
  package static let signingKey = "signing-key.pem"
  package static let sums = "SHA256SUMS"
  package static let sumsSignature = "SHA256SUMS.sig"

  /// Everything but `entries.jsonl` and `checkpoint.tsr`. `entries` is the SHA-256 of the file `entries.jsonl`: the day's
  /// lines, each followed by a newline. Equal arguments give equal bytes.
  package static func files(of day: ClosedDay, entries: SHA256Digest, key: SigningKey) -> [File] {
    let verifyingKey = key.verifyingKey
    let signed = [
      File(name: checkpoint, bytes: day.checkpoint.signed(by: key, name: day.host.keyName).bytes),
      File(name: signingKey, bytes: Array(verifyingKey.pem.utf8)),
      File(name: "LEGGIMI.txt", bytes: Array(DayGuide.italian(day, verifyingKey).utf8)),
      File(name: "README.txt", bytes: Array(DayGuide.english(day, verifyingKey).utf8)),
    ]
    let lines =
      ["\(entries.hex)  \(Self.entries)\n"] + signed.map { "\(SHA256.digest(of: $0.bytes).hex)  \($0.name)\n" }
    let sumsBytes = Array(lines.joined().utf8)
    return signed + [
      File(name: sums, bytes: sumsBytes), File(name: sumsSignature, bytes: key.sign(sumsBytes)),
    ]
  }
}
