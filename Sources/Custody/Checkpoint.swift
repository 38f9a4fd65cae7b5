package import Cryptography
package import DeliveryModel

/// A tree at one moment (C2SP tlog-checkpoint, https://c2sp.org/tlog-checkpoint): of what, how large, and its root.
package struct Checkpoint: Equatable, Sendable {
  /// `s3loggerd/<host>/<log>/<day>`.
  package let origin: String
  /// How many leaves there are.
  package let size: Int64
  package let root: SHA256Digest

  package init(origin: String, size: Int64, root: SHA256Digest) {
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// The checkpoint of a day's lines.
  package init(host: HostLabel, log: LogID, day: CivilDate, size: Int64, root: SHA256Digest) {
    self.init(origin: "\(host.keyName)/\(log.text)/\(day.iso8601)", size: size, root: root)
  }

  /// What is signed: three lines.
  package var text: String { "\(origin)\n\(size)\n\(Base64.encode(root))\n" }

  /// SHA-256 of ``text``, without any signature: what the next day's `opened` names.
  package var digest: SHA256Digest { SHA256.digest(of: Array(text.utf8)) }

  /// Reads what ``text`` writes; nil for anything else.
  package init?(text: some StringProtocol) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 4, lines[3].isEmpty, !lines[0].isEmpty, let size = Int64(lines[1]), size >= 0,
      let root = Base64.decode(lines[2]).flatMap({ SHA256Digest(bytes: $0) })
    else { return nil }
    self.init(origin: String(lines[0]), size: size, root: root)
    guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
  }

  /// The signed note (C2SP signed-note, https://c2sp.org/signed-note): the file `checkpoint`.
  package func signed(by key: SigningKey, name: String) -> SignedCheckpoint {
    let signature = key.sign(Array(text.utf8))
    let identifier = SignedCheckpoint.keyIdentifier(of: key.verifyingKey, name: name)
    return SignedCheckpoint(
      checkpoint: self, signatures: [.init(name: name, identifier: identifier, signature: signature)])
  }
}

/// A checkpoint and its signatures.
package struct SignedCheckpoint: Equatable, Sendable {
  package struct Signature: Equatable, Sendable {
    /// The key's name: `s3loggerd/<host>`.
    package let name: String
    /// The first four bytes of the key's hash.
    package let identifier: [UInt8]
    package let signature: [UInt8]
  }

  package let checkpoint: Checkpoint
  package let signatures: [Signature]

  init(checkpoint: Checkpoint, signatures: [Signature]) {
    self.checkpoint = checkpoint
    self.signatures = signatures
  }

  /// The bytes of the file `checkpoint`.
  package var bytes: [UInt8] {
    let lines = signatures.map { "— \($0.name) \(Base64.encode($0.identifier + $0.signature))\n" }
    return Array((checkpoint.text + "\n" + lines.joined()).utf8)
  }

  /// Reads a signed note that holds a checkpoint; nil for anything else, and for more than 64 KiB.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count <= 64 << 10, let note = String(validating: bytes, as: UTF8.self) else { return nil }
    let lines = note.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 6, lines[3].isEmpty, lines.last == "",
      let checkpoint = Checkpoint(text: lines[0..<3].joined(separator: "\n") + "\n")
    else { return nil }
    var signatures: [Signature] = []
    for line in lines[4...].dropLast() {
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == 3, words[0] == "—", !words[1].isEmpty, let value = Base64.decode(words[2]), value.count > 4
      else { return nil }
      signatures.append(
        .init(name: String(words[1]), identifier: Array(value.prefix(4)), signature: Array(value.dropFirst(4))))
    }
    self.checkpoint = checkpoint
    self.signatures = signatures
  }

  /// Whether the key of that name signed it.
  package func isSigned(by key: VerifyingKey, name: String) -> Bool {
    let identifier = Self.keyIdentifier(of: key, name: name)
    let message = Array(checkpoint.text.utf8)
    return signatures.contains {
      $0.name.utf8.elementsEqual(name.utf8) && $0.identifier == identifier && key.isValid($0.signature, for: message)
    }
  }

  /// The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key): 0x01 is Ed25519 (C2SP signed-note).
  static func keyIdentifier(of key: VerifyingKey, name: String) -> [UInt8] {
    Array(SHA256.digest(of: Array(name.utf8) + [0x0a, 0x01] + key.raw).bytes.prefix(4))
  }
}
