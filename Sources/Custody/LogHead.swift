package import DeliveryModel

/// The last closed day of a log: what a witness keeps (a mail, a receipt, a heartbeat), and a following log names.
package struct LogHead: Equatable, Sendable {
  package let log: LogID
  package let day: CivilDate
  /// The number of the day's last entry.
  package let sequence: Int64
  /// SHA-256 of the text of the day's checkpoint.
  package let checkpoint: SHA256Digest

  package init(log: LogID, day: CivilDate, sequence: Int64, checkpoint: SHA256Digest) {
    self.log = log
    self.day = day
    self.sequence = sequence
    self.checkpoint = checkpoint
  }

  package var json: CanonicalJSON {
    .object([
      .init("checkpoint", .string(checkpoint.hex)), .init("day", .string(day.iso8601)), .init("log", .string(log.text)),
      .init("seq", .integer(sequence)),
    ])
  }

  package init?(json: CanonicalJSON) {
    guard let log = json["log"]?.text.flatMap({ LogID(text: $0) }),
      let day = json["day"]?.text.flatMap(CivilDate.init(text:)),
      let sequence = json["seq"]?.integer, sequence > 0,
      let checkpoint = json["checkpoint"]?.text.flatMap(SHA256Digest.init(hex:))
    else { return nil }
    self.init(log: log, day: day, sequence: sequence, checkpoint: checkpoint)
  }
}

extension SHA256Digest {
  /// Reads 64 lower-case hexadecimal digits; nil for anything else.
  init?(hex: String) {
    guard let bytes = Hexadecimal.decode(hex) else { return nil }
    self.init(bytes: bytes)
    guard self.hex.utf8.elementsEqual(hex.utf8) else { return nil }
  }

  /// 32 zeros: what the first line of a log names as the one before it.
  static let zero = SHA256Digest(words: (0, 0, 0, 0))
}

extension CivilDate {
  /// Reads `2026-11-23`; nil for anything else, and for a day that does not exist.
  init?(text: String) {
    guard let moment = Timestamp(iso8601: text + "T00:00:00.000Z") else { return nil }
    self = moment.date
  }
}
