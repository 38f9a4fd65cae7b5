package import Cryptography
package import DeliveryModel

/// What an entry of the ledger is about. `opened` and `closed` are written by the ledger itself.
package enum LedgerEvent: Sendable {
  /// A file was uploaded and its record is in the table.
  case delivered(LedgerRecord)
  /// A file was refused and its record is in the table.
  case rejected(LedgerRecord)
  /// A file was found again whose record is older than this log.
  case known(LedgerRecord)
  /// A day's checkpoint was stamped by a time-stamping authority.
  case stamped(DayStamp)
  /// Another key signs from now on.
  case key(KeyAnnouncement)
}

/// The `type` of an entry.
package enum LedgerEntryType: String, Sendable, CaseIterable {
  case opened, delivered, rejected, known, stamped, key, closed
}

/// A stamp as its entry names it, so that every later stamp covers it.
package struct DayStamp: Equatable, Sendable {
  package let log: LogID
  package let day: CivilDate
  /// SHA-256 of the file `checkpoint.tsr`.
  package let reply: SHA256Digest
  /// The authority's time.
  package let time: Timestamp

  package init(log: LogID, day: CivilDate, reply: SHA256Digest, time: Timestamp) {
    self.log = log
    self.day = day
    self.reply = reply
    self.time = time
  }

  var json: CanonicalJSON {
    .object([
      .init("day", .string(day.iso8601)), .init("log", .string(log.text)), .init("sha256", .string(reply.hex)),
      .init("time", .string(time.iso8601)),
    ])
  }

  init?(json: CanonicalJSON) {
    guard let log = json["log"]?.text.flatMap({ LogID(text: $0) }),
      let day = json["day"]?.text.flatMap(CivilDate.init(text:)),
      let reply = json["sha256"]?.text.flatMap(SHA256Digest.init(hex:)),
      let time = json["time"]?.text.flatMap(Timestamp.init(iso8601:))
    else { return nil }
    self.init(log: log, day: day, reply: reply, time: time)
  }
}

/// The next key, signed with the one before it.
///
/// The checkpoint of the day that holds the announcement may be signed by either key, later ones by the next key alone;
/// so closed days that are not signed yet are to be signed before the key is changed.
package struct KeyAnnouncement: Equatable, Sendable {
  package let next: VerifyingKey
  /// The key before.
  package let current: VerifyingKey
  /// Ed25519, by the key before, over ``statement(host:log:next:)``.
  package let signature: [UInt8]

  /// Signs the announcement. `current` is the key whose fingerprint the ledger's state has.
  package init(of next: VerifyingKey, signedBy current: SigningKey, host: HostLabel, log: LogID) {
    self.next = next
    self.current = current.verifyingKey
    signature = current.sign(Self.statement(host: host, log: log, next: next))
  }

  /// Three lines: the log, what is said, and the key as Base64 of its DER.
  package static func statement(host: HostLabel, log: LogID, next: VerifyingKey) -> [UInt8] {
    Array("\(host.keyName)/\(log.text)\nnext key\n\(Base64.encode(next.der))\n".utf8)
  }

  /// Whether the holder of the key with that fingerprint signed it.
  package func isSigned(by fingerprint: SHA256Digest, host: HostLabel, log: LogID) -> Bool {
    current.fingerprint == fingerprint
      && current.isValid(signature, for: Self.statement(host: host, log: log, next: next))
  }

  var json: CanonicalJSON {
    .object([
      .init("public_key", .string(Base64.encode(next.der))), .init("signature", .string(Base64.encode(signature))),
      .init("signed_by", .string(Base64.encode(current.der))),
    ])
  }

  init?(json: CanonicalJSON) {
    guard let next = json["public_key"]?.text.flatMap(Self.key),
      let current = json["signed_by"]?.text.flatMap(Self.key),
      let signature = json["signature"]?.text.flatMap({ Base64.decode($0) })
    else { return nil }
    self.next = next
    self.current = current
    self.signature = signature
  }

  private static func key(base64: String) -> VerifyingKey? {
    guard let der = Base64.decode(base64), let key = try? VerifyingKey(raw: Array(der.suffix(32))), key.der == der
    else { return nil }
    return key
  }
}
