package import DeliveryModel

/// What is wrong in a ledger, and where.
package struct CustodyProblem: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// The line is longer than a megabyte, not canonical JSON, or lacks what every entry has.
    case unreadableLine
    /// The line is not the one that the next line names as the one before it: it was changed.
    case changed
    /// The line with this number is missing: another stands in its place.
    case missing(found: Int64)
    /// A second line with this number, or one out of its order.
    case misplaced(found: Int64)
    /// The first line is not `opened`, or `opened` stands elsewhere.
    case badOpening
    /// The last line is not `closed`, or `closed` stands elsewhere: lines are missing at the end, or were added.
    case badClosing
    /// `closed` counts other lines than there are.
    case badCount(Int64)
    /// The lines follow each other, but the checkpoint is of others: the last one was changed, or all from some line on were
    /// written anew.
    case otherRoot
    /// The checkpoint is of another number of lines.
    case otherSize(Int64)
    /// The checkpoint names another host, log or day than the lines.
    case otherOrigin(String)
    case unreadableCheckpoint
    /// The checkpoint is not signed by the key that is beside it.
    case badSignature
    case unreadableKey
    /// The key is not the one that the day's lines name.
    case otherKey
    /// An announced key is not signed with the key before it.
    case badAnnouncement
    /// A file is not the one whose digest was signed, or the signature over the digests is not right.
    case changedFile(String)
    case missingFile(String)
    /// The time stamp is not right; the text says which check failed.
    case badStamp(String)
    /// The day follows, but the one before it is not there.
    case missingDay(CivilDate)
    /// The first line does not follow the last line of the day before, or names another checkpoint of it.
    case otherDayBefore
    /// The key is not linked to the one that was given to verify with.
    case untrustedKey
    /// A log ends, and none names it as the one before: days are missing, or the ledger was given up.
    case noSuccessor(LogID)
    /// The log names one before it with another head than it has.
    case otherPredecessor(LogID)
    /// An entry names another stamp than the one that is there.
    case otherStamp(CivilDate)
  }

  /// `<host>/<log>/<day>` or the directory, where known.
  package var place: String
  /// The number of the first line that is not right; nil where it is about no line.
  package let sequence: Int64?
  package let kind: Kind

  package init(place: String, sequence: Int64?, kind: Kind) {
    self.place = place
    self.sequence = sequence
    self.kind = kind
  }
}

extension CustodyProblem: CustomStringConvertible {
  /// `filer/0123456789abcdef/2026-12-01: seq 4: the line was changed`.
  package var description: String {
    place + ": " + (sequence.map { "seq \($0): " } ?? "") + kind.words
  }
}

extension CustodyProblem.Kind {
  fileprivate var words: String {
    switch self {
    case .unreadableLine: "the line is not canonical JSON of an entry"
    case .changed: "the line was changed: the next one names another as the one before it"
    case .missing(let found): "the line is missing; \(found) stands in its place"
    case .misplaced(let found): "a line with the number \(found) stands in its place"
    case .badOpening: "the day does not begin with its one 'opened'"
    case .badClosing: "the day does not end with its one 'closed'"
    case .badCount(let count): "'closed' counts \(count) lines, there are others"
    case .otherRoot:
      "the checkpoint is of other lines: this one was changed, or all from some line on were written anew"
    case .otherSize(let size): "the checkpoint is of \(size) lines, there are others"
    case .otherOrigin(let origin): "the checkpoint is that of \(origin)"
    case .unreadableCheckpoint: "the checkpoint cannot be read"
    case .badSignature: "the checkpoint is not signed by signing-key.pem"
    case .unreadableKey: "signing-key.pem holds no Ed25519 key"
    case .otherKey: "the day's lines name another key than signing-key.pem"
    case .badAnnouncement: "the new key is not signed with the key before it"
    case .changedFile(let name): "\(name) is not as it was signed"
    case .missingFile(let name): "\(name) is missing"
    case .badStamp(let text): "checkpoint.tsr: \(text)"
    case .missingDay(let day): "the day before, \(day.iso8601), is missing"
    case .otherDayBefore: "the day does not follow the day before: one of them was written anew"
    case .untrustedKey: "the key is not linked to the key that was given"
    case .noSuccessor(let log): "log \(log.text) ends here, and no other log names it as the one before"
    case .otherPredecessor(let log): "the log names log \(log.text) as the one before, with another end than it has"
    case .otherStamp(let day): "the stamp of \(day.iso8601) is another than the one that is there"
    }
  }
}
