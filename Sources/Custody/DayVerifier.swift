import Cryptography
import DeliveryModel

/// Verifies one day: its lines as they are read, then its checkpoint and key. Keeps one line and a frontier of the tree in
/// memory, however long the day is.
package struct DayVerifier {
  /// The longest line that is read, in bytes.
  package static let longestLine = 1 << 20

  private let place: String
  private var report = DayReport()
  /// What was read of a line whose newline did not come yet.
  private var partial: [UInt8] = []
  private var tree = MerkleFrontier()
  private var lastType: LedgerEntryType?
  /// The first problem of the lines: what follows from it is not looked at.
  private var problem: CustodyProblem?

  /// `place` names the day in problems.
  package init(place: String) {
    self.place = place
  }

  /// Reads more of the file `entries.jsonl`.
  package mutating func consume(_ bytes: some Collection<UInt8>) {
    var rest = Array(bytes)[...]
    while problem == nil, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if partial.isEmpty {
        read(Array(rest[..<end]))
      } else {
        partial += rest[..<end]
        read(partial)
        partial.removeAll(keepingCapacity: true)
      }
      rest = rest[(end + 1)...]
    }
    guard problem == nil else { return }
    partial += rest
    if partial.count > Self.longestLine { fail(.unreadableLine, at: nextSequence) }
  }

  /// What was found, with the files `checkpoint` and `signing-key.pem`; nil where one is missing.
  package consuming func finish(
    checkpoint: [UInt8]?, signingKey: [UInt8]?
  ) -> DayReport {
    // A line without its newline was cut off.
    if problem == nil && !partial.isEmpty { fail(.unreadableLine, at: nextSequence) }
    if problem == nil && lastType != .closed { fail(.badClosing, at: nextSequence) }
    let key = signingKey.flatMap { try? VerifyingKey(pem: $0) }
    report.signingKey = key
    let note = checkpoint.flatMap { SignedCheckpoint(bytes: $0) }
    report.checkpoint = note?.checkpoint.digest
    if let note { check(note.checkpoint) }
    if let problem { report.problems.append(problem) }
    if note == nil { add(.unreadableCheckpoint) }
    guard let key else {
      add(.unreadableKey)
      return report
    }
    if let note, let name = report.host?.keyName, !note.isSigned(by: key, name: name) { add(.badSignature) }
    let named = [report.openingKey] + report.announcements.map { $0.announcement.next.fingerprint }
    if report.openingKey != nil, !named.contains(key.fingerprint) { add(.otherKey, report.firstSequence) }
    return report
  }

  private mutating func check(_ checkpoint: Checkpoint) {
    guard problem == nil, let path = report.path else { return }
    if checkpoint.origin != "s3loggerd/" + path {
      fail(.otherOrigin(checkpoint.origin), at: nil)
    } else if checkpoint.size != tree.size {
      fail(.otherSize(checkpoint.size), at: report.lastSequence)
    } else if checkpoint.root != tree.root {
      fail(.otherRoot, at: report.lastSequence)
    }
  }

  private var nextSequence: Int64 { report.lastSequence + 1 }

  private mutating func fail(_ kind: CustodyProblem.Kind, at sequence: Int64?) {
    if problem == nil { problem = CustodyProblem(place: place, sequence: sequence, kind: kind) }
  }

  private mutating func add(_ kind: CustodyProblem.Kind, _ sequence: Int64? = nil) {
    report.problems.append(CustodyProblem(place: place, sequence: sequence, kind: kind))
  }

  private mutating func read(_ bytes: [UInt8]) {
    guard bytes.count <= Self.longestLine, let json = CanonicalJSON(canonical: bytes), let line = VerifiedLine(json)
    else {
      fail(.unreadableLine, at: nextSequence)
      return
    }
    if report.firstSequence == 0 {
      open(line)
    } else {
      follow(line)
    }
    guard problem == nil else { return }
    take(line)
    report.lastSequence = line.sequence
    report.lastLine = SHA256.digest(of: bytes)
    lastType = line.type
    tree.append(MerkleTree.leaf(bytes))
  }

  private mutating func open(_ line: VerifiedLine) {
    guard line.type == .opened, let opening = line.opening else {
      fail(.badOpening, at: line.sequence)
      return
    }
    report.firstSequence = line.sequence
    report.previousLine = line.previous
    report.host = opening.host
    report.log = opening.log
    report.day = opening.day
    report.openingKey = opening.key
    report.previousCheckpoint = opening.checkpoint
    report.after = opening.after
    if (line.sequence == 1) != (line.previous == .zero) || (line.sequence == 1) != (opening.checkpoint == nil) {
      fail(.badOpening, at: line.sequence)
    }
  }

  /// A line that was changed shows in the next one; one that was taken out, put in or moved in its number.
  private mutating func follow(_ line: VerifiedLine) {
    if lastType == .closed {
      fail(.badClosing, at: nextSequence)
    } else if line.sequence > nextSequence {
      fail(.missing(found: line.sequence), at: nextSequence)
    } else if line.sequence < nextSequence {
      fail(.misplaced(found: line.sequence), at: nextSequence)
    } else if line.previous != report.lastLine {
      fail(.changed, at: report.lastSequence)
    } else if line.type == .opened {
      fail(.badOpening, at: line.sequence)
    }
  }

  private mutating func take(_ line: VerifiedLine) {
    switch line.content {
    case .stamped(let stamp): report.stamps.append((line.sequence, stamp))
    case .key(let announcement):
      if let host = report.host, let log = report.log, let current = report.closingKey,
        !announcement.isSigned(by: current, host: host, log: log)
      {
        fail(.badAnnouncement, at: line.sequence)
      }
      report.announcements.append((line.sequence, announcement))
    case .closed(let count, let nextLog):
      report.nextLog = nextLog
      if count != tree.size + 1 { fail(.badCount(count), at: line.sequence) }
    case .other: break
    }
  }
}
