import AWSClients
import DeliveryJournal
import DeliveryModel

@testable import Delivery

/// What a simulated history must not do.
struct Violation: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// The journal of a simulation: what is in it is durable. It refuses what the real one refuses.
struct SimulatedJournal {
  /// Which one it is, of those that were lost one after the other.
  let generation: Int
  /// In the order of their numbers, which begin at 1.
  private(set) var rows: [Delivery] = []
  /// Indexes into the rows.
  private var openRows: Set<Int> = []
  private var rowsOfPath: [RelativePath: [Int]] = [:]
  /// The uploads that S3 is, or was, about to be asked to complete, by delivery.
  private(set) var completions: [Int64: String] = [:]
  /// What was found out about the server.
  private(set) var finding: ChecksumFinding?
  /// Deliveries that were withdrawn as unchanged.
  private(set) var unchanged: Set<Int64> = []

  /// The file of each delivery as it was when it was taken up.
  private(set) var takenUp: [Int64: FileIdentity] = [:]
  /// Deliveries whose object S3 has and whose record DynamoDB refused: one of the same content may take that meanwhile.
  private(set) var refusedRecords: Set<Int64> = []
  /// The ledger's entry of each delivery that has one.
  private(set) var entries: [Int64: RecordedItem] = [:]
  /// Deliveries whose file was seen gone.
  private(set) var gone: Set<Int64> = []

  init(generation: Int = 0) {
    self.generation = generation
  }

  /// Counts a crash against what was in hand, as the real one does.
  mutating func countCrash(_ numbers: Set<Int64>, at moment: Timestamp) throws {
    for number in numbers where row(number)?.state.isOpen == true { try apply(.crashed(number: number, at: moment)) }
  }

  /// What may park a file: all else is tried for ever.
  private static let faultsOfFiles: Set<String> = [
    "object-key", "KeyTooLongError", "ValidationException", "key-conflict",
  ]

  mutating func commit(_ changes: [JournalChange]) throws {
    for change in changes { try apply(change) }
  }

  private mutating func apply(_ change: JournalChange) throws {
    guard let number = change.number else {
      if case .received(let file) = change { insert(file) }
      if case .checksumFound(let found) = change { finding = found }
      return
    }
    let index = Int(number) - 1
    guard rows.indices.contains(index) else { throw Violation("a change of nothing: \(change)") }
    if case .recognized(let file, let recognition) = change { return recognize(file, recognition) }
    if case .parked = change, rows[index].receipt != nil { refusedRecords.insert(number) }
    try Self.apply(change, to: &rows[index])
    try enter(change, number)
    if case .completionBegan = change { completions[number] = rows[index].multipart?.uploadID }
    if rows[index].state.isOpen { openRows.insert(index) } else { openRows.remove(index) }
    if case .unchanged(_, let other, let identity, _) = change { try note(identity, of: other, insteadOf: number) }
  }

  /// Whatever is recorded has its entry in the very commit that says so, and only one.
  private mutating func enter(_ change: JournalChange, _ number: Int64) throws {
    switch change {
    case .logged(_, _, _, let item), .known(_, _, _, _, let item):
      guard let item else { throw Violation("delivery \(number) is recorded without an entry in the ledger") }
      guard entries.updateValue(item, forKey: number) == nil else {
        throw Violation("delivery \(number) has two entries in the ledger")
      }
    default: break
    }
  }

  private mutating func insert(_ file: SettledFile) {
    openRows.insert(rows.count)
    rowsOfPath[file.path, default: []].append(rows.count)
    let number = Int64(rows.count + 1)
    let arrival = ArrivalID(
      bytes: [UInt8(truncatingIfNeeded: generation)] + (0..<15).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    takenUp[number] = file.identity
    rows.append(Delivery(number: number, file: file, nextAttempt: file.settled, arrival: arrival))
  }

  /// As the real one: a delivery that is another by now begins anew.
  private mutating func recognize(_ file: SettledFile, _ recognition: Recognition) {
    let index = Int(recognition.number) - 1
    let row = rows[index]
    let isSame =
      switch recognition.proof {
      case .attributes(let former): row.file.identity == former && row.state != .withdrawn
      case .content(let digest): row.prepared?.sha256 == digest && row.state != .withdrawn
      case .unread: row.prepared?.sha256 == nil && row.state == .pending
      }
    if isSame { rows[index].file = row.file.inState(file.identity) } else { insert(file.inState(file.identity)) }
  }

  private mutating func note(_ identity: FileIdentity, of other: Int64, insteadOf number: Int64) throws {
    guard let known = row(other), [.logged, .uploaded].contains(known.state), known.file.path == row(number)?.file.path
    else {
      throw Violation("delivery \(number) is said to be as \(other), which is not delivered")
    }
    guard !gone.contains(other) || row(number)?.previous?.isGone == false else {
      throw Violation("delivery \(number) is said to be as \(other), whose file was taken away")
    }
    rows[Int(other) - 1].file = known.file.inState(identity)
    unchanged.insert(number)
  }

  private static func apply(_ change: JournalChange, to row: inout Delivery) throws {
    let before = row.state
    func need(_ condition: Bool) throws {
      if !condition { throw Violation("the journal refuses \(change) from \(before)") }
    }
    switch change {
    case .received, .recognized, .checksumFound, .alert: break
    case .prepared(_, let prepared):
      try need(row.state == .pending)
      row.prepared = prepared
    case .identified(_, let id, let objectKey):
      try need(row.state.isOpen && row.prepared != nil)
      row.prepared?.id = id
      if row.state == .pending { row.prepared?.objectKey = objectKey }
      row.wasAsked = true
    case .asked:
      try need(row.state == .pending && row.prepared != nil)
      row.wasAsked = true
    case .known(_, let prepared, let receipt, let moment, _):
      try need(row.state == .pending && row.prepared != nil)
      (row.state, row.prepared, row.receipt, row.logged, row.multipart) = (.logged, prepared, receipt, moment, nil)
    case .digested(_, let digests):
      try need(row.state == .pending)
      row.digests = digests
    case .attemptBegan:
      try need(row.state.isOpen)
      row.attempts += 1
    case .uploaded(_, let receipt):
      try need(row.state == .pending && row.prepared != nil)
      (row.state, row.receipt, row.multipart) = (.uploaded, receipt, nil)
      (row.failures, row.strikes, row.restarts) = (0, 0, 0)
    case .logged(_, let moment, _, _):
      try need(row.state == .uploaded)
      let isRejected = row.verdict?.isRejected == true
      (row.state, row.logged) = (isRejected ? .rejected : .logged, isRejected ? nil : moment)
    case .failed(_, let failure, _, let next):
      // What the server does not keep is no failure of any file.
      try need(row.state.isOpen && failure.code != ServiceFailure.checksumNotKept)
      (row.nextAttempt, row.lastError) = (next, failure.message)
      row.failures += 1
      if failure.failureClass.restarts { row.restarts += 1 }
    case .crashed:
      try need(row.state.isOpen)
      row.strikes += 1
      if row.strikes >= Delivery.strikeLimit { (row.state, row.lastError) = (.parked, "crash") }
    case .parked(_, let code, let reason, _, _):
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
      (row.nextAttempt, row.failures, row.strikes, row.restarts) = (moment, 0, 0, 0)
    case .multipartBegan(_, let uploadID, let partSize, let checksum, let target):
      // What the digest of the whole fixed is not for an upload to change.
      try need(row.state == .pending && (target == nil || row.prepared == nil))
      row.multipart = MultipartProgress(uploadID: uploadID, partSize: partSize, checksum: checksum, target: target)
    case .partUploaded(_, let part, let acknowledged):
      try need(row.state == .pending && row.multipart != nil)
      row.multipart?.parts[part] = acknowledged
      row.failures = 0
    case .completionBegan(_, let until):
      try need(row.state == .pending && row.multipart != nil)
      row.nextAttempt = until
    case .completionTakenBack:
      try need(row.state == .pending && row.multipart != nil)
      row.nextAttempt = Timestamp(milliseconds: 0)
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
    let wanted = { (folder: String) in !request.without.contains(folder) && request.only ?? folder == folder }
    let open = openRows.filter { rows[$0].state == request.state && wanted(rows[$0].file.folder) }.sorted {
      (rows[$0].nextAttempt, $0) < (rows[$1].nextAttempt, $1)
    }
    var found: [Delivery] = []
    let horizon = request.dueBefore + request.horizon
    for index in open where rows[index].nextAttempt <= request.dueBefore || rows[index].nextAttempt > horizon {
      guard found.count < request.limit else { break }
      let folder = rows[index].file.folder
      guard found.count(where: { $0.file.folder == folder }) < request.room(of: folder) else { continue }
      if request.excluding.contains(rows[index].number) { continue }
      if request.purpose == .trial, rows[index].failures > 0 { continue }
      if request.withoutQuestions, rows[index].file.discovery == .firstScan, !rows[index].wasAsked { continue }
      found.append(rows[index])
      found[found.count - 1].previous = previous(of: rows[index])
      found[found.count - 1].formerContents = formerContents(of: rows[index])
      found[found.count - 1].scanned = scanned(of: rows[index])
      found[found.count - 1].isGone = gone.contains(rows[index].number)
      found[found.count - 1].isSuperseded =
        rowsOfPath[rows[index].file.path]?.contains {
          rows[$0].number > rows[index].number && rows[$0].state != .withdrawn
        } ?? false
    }
    let later = open.first { rows[$0].nextAttempt > request.dueBefore }.map { rows[$0].nextAttempt }
    return (found, found.count < request.limit ? later : request.dueBefore)
  }

  private func delivered(before row: Delivery) -> [Delivery] {
    (rowsOfPath[row.file.path] ?? []).map { rows[$0] }.filter { other in
      other.state == .logged
        || other.state == .uploaded && other.verdict?.isRejected != true && other.number != row.number
    }
  }

  private func previous(of row: Delivery) -> PreviousDelivery? {
    delivered(before: row).last.flatMap { last in
      last.prepared?.sha256.map {
        PreviousDelivery(
          number: last.number, sha256: $0, isRecorded: last.state == .logged,
          isGone: gone.contains(last.number) || isFollowed(last, before: row))
      }
    }
  }

  /// Whether another content was there since.
  private func isFollowed(_ last: Delivery, before row: Delivery) -> Bool {
    (rowsOfPath[row.file.path] ?? []).map { rows[$0] }.contains { other in
      other.number > last.number && other.number < row.number
        && ([.pending, .parked].contains(other.state) || other.prepared != nil)
        && !gone.contains(other.number)
        && (other.file.identity.size != last.file.identity.size
          || other.prepared.map { $0.sha256 != last.prepared?.sha256 } ?? false)
    }
  }

  private func formerContents(of row: Delivery) -> Set<SHA256Digest> {
    let last = delivered(before: row).last?.number ?? 0
    let parked = (rowsOfPath[row.file.path] ?? []).map { rows[$0] }.filter {
      $0.state == .parked && $0.receipt != nil
        && (gone.contains($0.number) || $0.number < last || isFollowed($0, before: row))
    }
    return Set((delivered(before: row) + parked).compactMap { $0.prepared?.sha256 })
  }

  /// What the first scan found of the path and was not delivered before it was touched.
  private func scanned(of row: Delivery) -> ScannedContent {
    let last = delivered(before: row).last?.number ?? 0
    let found = (rowsOfPath[row.file.path] ?? []).map { rows[$0] }.last { other in
      other.number > last && other.number < row.number && other.file.discovery == .firstScan
        && !gone.contains(other.number)
    }
    return found.map { $0.prepared?.sha256.map(ScannedContent.content) ?? .unread } ?? .none
  }

  /// The file at the path was seen gone.
  mutating func depart(_ path: RelativePath) {
    for index in rowsOfPath[path] ?? [] where rows[index].state != .withdrawn {
      gone.insert(rows[index].number)
    }
  }

  /// Whether a file is thought to stand at the path.
  func stands(_ path: RelativePath) -> Bool { !standing(path).isEmpty }

  func row(_ number: Int64) -> Delivery? {
    rows.indices.contains(Int(number) - 1) ? rows[Int(number) - 1] : nil
  }

  /// The newest delivered one of a path.
  func delivered(_ path: RelativePath) -> Delivery? {
    rowsOfPath[path]?.last { rows[$0].state == .logged }.map { rows[$0] }
  }

  /// Whether a file in this state was taken up already: by the newest delivery of its path that was not withdrawn, or,
  /// where that is parked, by the one before those that are.
  func knows(_ path: RelativePath, _ identity: FileIdentity) -> Bool {
    let known = standing(path)
    guard let newest = known.last else { return false }
    let before = known.last { rows[$0].state != .parked }
    return [newest, before ?? newest].contains { rows[$0].file.identity.matches(identity) }
  }

  /// Whether the last that came of the path was withdrawn as unchanged.
  func wasUnchanged(_ path: RelativePath) -> Bool {
    rowsOfPath[path]?.last.map { unchanged.contains(rows[$0].number) } ?? false
  }

  /// What a scan finds out about the path.
  func newest(_ path: RelativePath) -> KnownFile? {
    standing(path).last.map { index in
      KnownFile(
        identity: rows[index].file.identity, state: rows[index].state, number: rows[index].number,
        sha256: rows[index].prepared?.sha256)
    }
  }

  private func standing(_ path: RelativePath) -> [Int] {
    (rowsOfPath[path] ?? []).filter { rows[$0].state != .withdrawn && !gone.contains(rows[$0].number) }
  }

  func isOpen(_ number: Int64) -> Bool { openRows.contains(Int(number) - 1) }

  var isDone: Bool { openRows.isEmpty }

  var open: [Delivery] { openRows.map { rows[$0] } }

  var parked: [Int64] { rows.filter { $0.state == .parked }.map(\.number) }
}
