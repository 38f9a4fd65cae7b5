import DeliveryModel

/// Why something of the custody ledger waits, in words for the person: what happened, what it means, what to do.
struct LedgerTrouble: Error, Sendable, Equatable {
  /// The first is what the status line names.
  enum Kind: Int, Sendable, Comparable {
    case key, clock, lines, foreign, upload, stamp

    static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
  }

  let kind: Kind
  let text: String

  static func key(_ fault: LedgerKeys.Fault) -> LedgerTrouble {
    LedgerTrouble(
      kind: .key,
      text: "custody: \(fault.message); entries are written, and no day is signed until it can be read. "
        + "'s3loggerd check' tells more")
  }

  static let noLog =
    "; until then nothing that is delivered has an entry in the ledger, which has not begun"

  static func otherKey(_ path: String) -> LedgerTrouble {
    LedgerTrouble(
      kind: .key,
      text:
        "custody: \(EscapedText.escape(path)) holds another key than the one that signs this log, and not that one after "
        + "it; no day is signed until the former key stands there too. Where it is lost, take [custody] out, reload, and put it "
        + "back: the next log then names this one")
  }

  static func clock(_ days: Int64) -> LedgerTrouble {
    LedgerTrouble(
      kind: .clock,
      text:
        "custody: \(days) days want to be closed, and no service has confirmed this machine's clock within the last "
        + "hour; entries go into the open day until one has. timedatectl tells whether the clock is right")
  }

  static func lines(_ day: CivilDate, _ log: String) -> LedgerTrouble {
    LedgerTrouble(
      kind: .lines,
      text:
        "custody: the journal does not have all lines of \(day.iso8601) of log \(log) as they were written, so that the day "
        + "cannot be signed; the records in DynamoDB are untouched. Keep a copy of the journal for whoever looks into it"
    )
  }

  static func upload(_ place: String, _ reason: String) -> LedgerTrouble {
    LedgerTrouble(
      kind: .upload,
      text:
        "custody: s3://\(EscapedText.escape(place)) cannot be written: \(reason); it is tried again without end, and no "
        + "entry is lost")
  }

  static func stamp(_ day: CivilDate, _ reason: String) -> LedgerTrouble {
    LedgerTrouble(
      kind: .stamp,
      text: "custody: \(day.iso8601) has no time stamp: \(reason); it is asked for again without end")
  }
}
