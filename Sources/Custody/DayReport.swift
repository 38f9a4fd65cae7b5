package import Cryptography
package import DeliveryModel

/// What the verification of one day found.
package struct DayReport: Sendable {
  package internal(set) var host: HostLabel?
  package internal(set) var log: LogID?
  package internal(set) var day: CivilDate?
  package internal(set) var firstSequence: Int64 = 0
  package internal(set) var lastSequence: Int64 = 0
  /// What the first line names as the one before it.
  package internal(set) var previousLine: SHA256Digest?
  /// SHA-256 of the last line.
  package internal(set) var lastLine: SHA256Digest?
  /// The checkpoint of the day before that the first line names.
  package internal(set) var previousCheckpoint: SHA256Digest?
  /// SHA-256 of the text of the day's own checkpoint.
  package internal(set) var checkpoint: SHA256Digest?
  /// The key in the day's directory.
  package internal(set) var signingKey: VerifyingKey?
  /// The key that the first line names.
  package internal(set) var openingKey: SHA256Digest?
  /// Keys that the day announces, in order.
  package internal(set) var announcements: [(sequence: Int64, announcement: KeyAnnouncement)] = []
  /// The head of the log before this one that the log's first line names.
  package internal(set) var after: LogHead?
  /// The log that takes this one's place, where the last line names it.
  package internal(set) var nextLog: LogID?
  /// The stamps that the day's entries name.
  package internal(set) var stamps: [(sequence: Int64, stamp: DayStamp)] = []
  /// SHA-256 of the day's own `checkpoint.tsr`; nil where there is none. For whoever reads the files to set.
  package var reply: SHA256Digest?
  /// The first comes first.
  package var problems: [CustodyProblem] = []

  /// `<host>/<log>/<day>` as the first line has it.
  package var path: String? {
    guard let host, let log, let day else { return nil }
    return "\(host.text)/\(log.text)/\(day.iso8601)"
  }

  /// The fingerprint of ``signingKey``.
  package var key: SHA256Digest? { signingKey?.fingerprint }

  /// The fingerprint of the key that is in force after the day's last line.
  package var closingKey: SHA256Digest? { announcements.last?.announcement.next.fingerprint ?? openingKey }

  /// How many lines were read in their order.
  package var size: Int64 { firstSequence == 0 ? 0 : lastSequence - firstSequence + 1 }

  package var head: LogHead? {
    guard let log, let day, let checkpoint else { return nil }
    return LogHead(log: log, day: day, sequence: lastSequence, checkpoint: checkpoint)
  }
}
