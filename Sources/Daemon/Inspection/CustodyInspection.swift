import Custody
package import DaemonConfiguration
import DeliveryJournal
package import DeliveryModel

/// `custody status`: where the ledger stands, by the journal, whether the daemon runs or not.
package struct CustodyReport: Codable, Sendable, Equatable {
  /// 16 hexadecimal digits.
  package var log: String
  /// Whether entries are written to it.
  package var inUse: Bool
  package var host: String
  /// The fingerprint of the key that signs: SHA-256 of its public half in DER.
  package var key: String
  /// The day that entries go to; nil before the first.
  package var openDay: String?
  /// Entries in the log so far, those of all its days.
  package var entries: Int64
  /// The last closed day.
  package var head: Head?
  package var lastSealed: Day?
  package var waiting: [Day]
  package var waitingCount: Int

  enum CodingKeys: String, CodingKey {
    case log, host, key, entries, head, waiting
    case inUse = "in_use"
    case openDay = "open_day"
    case lastSealed = "last_sealed"
    case waitingCount = "waiting_count"
  }

  package struct Head: Codable, Sendable, Equatable {
    package var day: String
    package var seq: Int64
    /// SHA-256 of the text of its checkpoint.
    package var checkpoint: String
  }

  package struct Day: Codable, Sendable, Equatable {
    package var log: String
    package var day: String
    package var entries: Int64
    /// Where it is, or will be, in the bucket.
    package var place: String
    /// `unsigned`, `signed` (not yet uploaded), `uploaded` (not yet stamped), `sealed`.
    package var state: String
    /// What it waits for, in words; nil for nothing.
    package var reason: String?
  }

  /// Nil where the journal has no ledger. Throws, in words, where there is no journal or it cannot be read.
  package static func read(_ configuration: Configuration, now: Timestamp) throws -> CustodyReport? {
    guard let standing = try JournalReader(directory: configuration.journal.directory).custodyStanding() else {
      return nil
    }
    return CustodyReport(standing, configuration, now: now)
  }

  private init(_ standing: CustodyStanding, _ configuration: Configuration, now: Timestamp) {
    let state = standing.state
    log = state.log.text
    inUse = standing.isInUse
    host = state.host.text
    key = state.key.hex
    openDay = state.openDay?.iso8601
    entries = state.nextSequence - 1
    head = state.head.map { Head(day: $0.day.iso8601, seq: $0.sequence, checkpoint: $0.checkpoint.hex) }
    lastSealed = standing.lastSealed.map { Day($0, configuration, now: now, current: state.log) }
    waiting = standing.unsealed.map { Day($0, configuration, now: now, current: state.log) }
    waitingCount = standing.unsealedCount
  }

  /// For the person.
  package var lines: [String] {
    var lines = [
      "log \(log) of \(host)\(inUse ? "" : " (not written to any more)")",
      "signed by SHA-256 \(key)",
      openDay.map { "open day \($0), \(entries.counted("entry", "entries")) in the log" } ?? "no entry yet",
    ]
    if let head { lines.append("head \(head.day), entry \(head.seq), checkpoint \(head.checkpoint)") }
    if let lastSealed { lines.append("last sealed \(lastSealed.day): s3://\(lastSealed.place)/") }
    if waitingCount == 0 { lines.append("nothing waits") }
    for day in waiting {
      lines.append(
        "waits \(day.day) (log \(day.log), \(day.entries.counted("entry", "entries"))): \(day.reason ?? day.state)")
    }
    if waitingCount > waiting.count { lines.append("and \(waitingCount - waiting.count) more days") }
    return lines
  }
}

extension CustodyReport.Day {
  fileprivate init(_ day: CustodyDay, _ configuration: Configuration, now: Timestamp, current: LogID) {
    let custody = configuration.custody
    let bucket = custody?.bucket ?? configuration.aws.bucket
    let due = day.closedAt + .seconds(60 * (custody?.close ?? 0))
    let (state, reason): (String, String?) =
      if day.sealed != nil {
        ("sealed", nil)
      } else if custody == nil {
        (day.signed == nil ? "unsigned" : "signed", "the configuration has no [custody] any more")
      } else if day.signed == nil, day.closed.log == current, now < due {
        ("unsigned", "it is signed at \(due.iso8601)")
      } else if day.signed == nil {
        ("unsigned", "it is to be signed; 's3loggerd status' tells what is in the way")
      } else if day.uploaded == nil {
        ("signed", "it is to be uploaded; 's3loggerd status' tells what is in the way")
      } else if day.stamped == nil {
        ("uploaded", "the time-stamping authority has not stamped it yet")
      } else {
        ("uploaded", "its stamp is to be uploaded")
      }
    self.init(
      log: day.closed.log.text, day: day.closed.day.iso8601, entries: day.closed.size,
      place: "\(bucket)/\(custody?.prefix ?? CustodySettings.defaultPrefix)/\(day.path)", state: state, reason: reason)
  }
}

extension Int64 {
  fileprivate func counted(_ one: String, _ many: String) -> String { "\(self) \(self == 1 ? one : many)" }
}
