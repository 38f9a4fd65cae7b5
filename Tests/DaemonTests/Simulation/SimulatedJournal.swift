import DeliveryJournal
import DeliveryModel

@testable import Daemon

/// What a simulated history must not do.
struct Violation: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// The journal of a simulation: what is in it is durable. It refuses what the real one refuses.
struct SimulatedJournal {
  /// Since when it knows of everything.
  let created: Timestamp
  private(set) var rows: [Int64: Delivery] = [:]
  /// Deliveries that were withdrawn as unchanged.
  private(set) var unchanged: Set<Int64> = []

  init(created: Timestamp = Timestamp(milliseconds: .min)) {
    self.created = created
  }

  /// Counts a crash against what was in hand, as the real one does.
  mutating func countCrash(_ numbers: Set<Int64>, at moment: Timestamp) throws {
    for number in numbers where rows[number]?.state.isOpen == true { try apply(.crashed(number: number, at: moment)) }
  }

  /// What may park a file: all else is tried for ever.
  private static let faultsOfFiles: Set<String> = [
    "object-key", "InvalidItem", "BadDigest", "NoSuchUpload", "InvalidPart",
  ]

  mutating func commit(_ changes: [JournalChange]) throws {
    for change in changes { try apply(change) }
  }

  private mutating func apply(_ change: JournalChange) throws {
    guard let number = change.number else {
      guard case .received(let file) = change else { return }
      let number = Int64(rows.count + 1)
      rows[number] = Delivery(number: number, file: file, nextAttempt: file.settled)
      return
    }
    guard var row = rows[number] else { throw Violation("a change of nothing: \(change)") }
    try Self.apply(change, to: &row)
    rows[number] = row
    if case .unchanged(_, let other, let identity, _) = change { try note(identity, of: other, insteadOf: number) }
  }

  private mutating func note(_ identity: FileIdentity, of other: Int64, insteadOf number: Int64) throws {
    guard let file = rows[other]?.file, rows[other]?.state == .logged, file.path == rows[number]?.file.path else {
      throw Violation("delivery \(number) is said to be as \(other), which is not delivered")
    }
    rows[other]?.file = SimulatedFolder.settled(file.path, identity, at: file.settled)
    unchanged.insert(number)
  }

  private static func apply(_ change: JournalChange, to row: inout Delivery) throws {
    let before = row
    func need(_ condition: Bool) throws {
      if !condition { throw Violation("the journal refuses \(change) from \(before.state)") }
    }
    switch change {
    case .received: break
    case .prepared(_, let prepared):
      try need(row.state == .pending)
      row.prepared = prepared
    case .attemptBegan:
      try need(row.state.isOpen)
      row.attempts += 1
    case .uploaded(_, let receipt):
      try need(row.state == .pending && row.prepared != nil)
      (row.state, row.receipt, row.multipart) = (.uploaded, receipt, nil)
      (row.failures, row.strikes) = (0, 0)
    case .logged(_, let moment, _):
      try need(row.state == .uploaded)
      let isRejected = row.verdict?.isRejected == true
      (row.state, row.logged) = (isRejected ? .rejected : .logged, isRejected ? nil : moment)
    case .failed(_, let failure, _, let next):
      try need(row.state.isOpen)
      (row.nextAttempt, row.lastError) = (next, failure.message)
      row.failures += 1
      if failure.failureClass.followsFile { row.strikes += 1 }
    case .crashed:
      try need(row.state.isOpen)
      row.strikes += 1
      if row.strikes >= Delivery.strikeLimit { (row.state, row.lastError) = (.parked, "crash") }
    case .parked(_, let code, let reason, _):
      try need(row.state.isOpen && faultsOfFiles.contains(code))
      (row.state, row.lastError) = (.parked, reason)
    case .withdrawn(_, let reason, _):
      try need([.pending, .parked].contains(row.state) && row.receipt == nil)
      (row.state, row.lastError, row.multipart) = (.withdrawn, reason, nil)
    case .unchanged(_, let other, _, _):
      try need(row.state == .pending && row.receipt == nil)
      (row.state, row.lastError, row.multipart) = (.withdrawn, "touched, as \(other)", nil)
    case .retried(_, let moment):
      try need(row.state != .logged && row.state != .withdrawn)
      if row.state == .parked { row.state = row.receipt == nil ? .pending : .uploaded }
      (row.nextAttempt, row.failures, row.strikes) = (moment, 0, 0)
    case .multipartBegan(_, let uploadID, let partSize):
      try need(row.state == .pending)
      row.multipart = MultipartProgress(uploadID: uploadID, partSize: partSize)
    case .partUploaded(_, let part, let acknowledged):
      try need(row.state == .pending && row.multipart != nil)
      row.multipart?.parts[part] = acknowledged
      row.failures = 0
    case .multipartForgotten:
      try need(row.state == .pending)
      row.multipart = nil
    case .judged(_, let verdict):
      try need(row.state == .pending && row.prepared != nil)
      row.verdict = verdict
      if verdict.isRejected { (row.state, row.multipart) = (.uploaded, nil) }
    case .errand: try need(row.state == .logged || row.verdict?.isRejected == true)
    }
  }

  // MARK: Queries

  func open(_ request: DueRequest) -> (deliveries: [Delivery], nextDue: Timestamp?) {
    let open = rows.values.filter { $0.state == request.state }.sorted {
      ($0.nextAttempt, $0.number) < ($1.nextAttempt, $1.number)
    }
    var found: [Delivery] = []
    let horizon = request.dueBefore + request.horizon
    for var row in open where row.nextAttempt <= request.dueBefore || row.nextAttempt > horizon {
      let limit = min(request.limit, request.room(of: row.file.folder))
      guard found.count < limit else { break }
      if request.excluding.contains(row.number) { continue }
      row.previous = previous(of: row)
      found.append(row)
    }
    let later = open.first { $0.nextAttempt > request.dueBefore }?.nextAttempt
    return (found, found.count < request.limit ? later : request.dueBefore)
  }

  private func previous(of row: Delivery) -> PreviousDelivery? {
    let logged = rows.values.filter { $0.state == .logged && $0.file.path == row.file.path }
    return logged.max { $0.number < $1.number }.flatMap { last in
      last.prepared.map { PreviousDelivery(number: last.number, sha256: $0.sha256) }
    }
  }

  /// Whether a file in this state was taken up already: by the newest delivery of its path that was not withdrawn.
  func knows(_ path: RelativePath, _ identity: FileIdentity) -> Bool {
    let newest = rows.values.filter { $0.file.path == path && $0.state != .withdrawn }.max { $0.number < $1.number }
    return newest?.file.identity.matches(identity) ?? false
  }

  var open: [Delivery] { rows.values.filter { $0.state.isOpen } }

  var parked: [Int64] { rows.values.filter { $0.state == .parked }.map(\.number).sorted() }
}
