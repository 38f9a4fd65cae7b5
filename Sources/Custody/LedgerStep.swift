package import DeliveryModel

/// What one step of the ledger wrote: to be committed in one transaction with the state after it and with what caused it.
package struct LedgerStep: Equatable, Sendable {
  /// The new lines, in order.
  package internal(set) var lines: [LedgerLine] = []
  /// The days that the lines closed, in order.
  package internal(set) var closed: [ClosedDay] = []
  /// How many days want to be closed and are not, as the clock is not known to agree with the service's: 0, or 2 and more.
  /// The step's entry stands in the open day, its `at` as the clock has it.
  package internal(set) var daysWaiting: Int64 = 0

  /// Whether the ledger waits for the clock: the service is DEGRADED then, deliveries go on.
  package var isWaiting: Bool { daysWaiting > 0 }
}

/// One line of the ledger.
package struct LedgerLine: Equatable, Sendable {
  package let log: LogID
  /// 1, 2, ... in each log, without gaps.
  package let sequence: Int64
  /// The day that it belongs to.
  package let day: CivilDate
  package let type: LedgerEntryType
  /// Without a newline.
  package let bytes: [UInt8]
  /// The RFC 6962 hash of the leaf, which is ``bytes``.
  package let leaf: SHA256Digest
}

/// A day to which nothing comes any more: to be signed, uploaded and stamped.
package struct ClosedDay: Equatable, Sendable {
  package let host: HostLabel
  package let log: LogID
  package let day: CivilDate
  package let firstSequence: Int64
  package let lastSequence: Int64
  package let root: SHA256Digest

  package init(
    host: HostLabel, log: LogID, day: CivilDate, firstSequence: Int64, lastSequence: Int64, root: SHA256Digest
  ) {
    self.host = host
    self.log = log
    self.day = day
    self.firstSequence = firstSequence
    self.lastSequence = lastSequence
    self.root = root
  }

  /// How many lines it has.
  package var size: Int64 { lastSequence - firstSequence + 1 }

  package var checkpoint: Checkpoint { Checkpoint(host: host, log: log, day: day, size: size, root: root) }

  package var head: LogHead {
    LogHead(log: log, day: day, sequence: lastSequence, checkpoint: checkpoint.digest)
  }

  /// The day's directory under the ledger's prefix: `<host>/<log>/<day>`.
  package var path: String { "\(host.text)/\(log.text)/\(day.iso8601)" }
}
