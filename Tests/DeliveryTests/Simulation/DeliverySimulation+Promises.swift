import DeliveryModel

@testable import Delivery

extension DeliverySimulation {
  // MARK: At every request

  /// No request without a durable intent, none twice at once, none past its lane's limit.
  func check(_ request: SimulatedRequest) throws {
    let number = request.delivery.number
    guard let row = journal.row(number) else { throw Violation("\(request.action) of no delivery") }
    func need(_ condition: Bool, _ what: String) throws {
      if !condition { throw Violation("\(request.action): \(what); the journal holds \(row)") }
    }
    try need(!inFlight.contains { $0.id == request.id }, "is under way already")
    // The parts of a file may go before its digest is known; nothing that makes an object or a record does.
    let mayBeAhead = request.action.isOfParts && row.prepared == nil && request.delivery.prepared == nil
    try need(
      mayBeAhead || row.prepared != nil && row.prepared == request.delivery.prepared, "its digest is not durable")
    try need(row.attempts == request.delivery.attempts, "its attempts are counted otherwise")
    try need(
      request.lane == .dynamodb || row.attempts > attemptsLoaded[number] ?? 0, "its attempt is not durable")
    try need(row.receipt == request.delivery.receipt, "its receipt is not durable")
    try need(
      request.lane == .dynamodb || mayBeAhead || row.prepared?.bucket == request.bucket, "goes to another bucket")
    let lane = lane(of: request)
    let others = inFlight.filter { $0.lane == request.lane }.count
    let folder = row.file.folder
    let scope = lane.opening != nil ? lane.breaker.service : lane.breaker.folders[folder]
    if let scope, scope.isOpen {
      let probes = inFlight.filter { $0.lane == request.lane && $0.isProbe }
      try need(
        !probes.contains { lane.opening != nil ? $0.isServiceProbe : $0.delivery.file.folder == folder },
        "is not the only probe beside \(probes.map { ($0.action, $0.delivery.file.folder) }), \(lane)")
      try need(now >= scope.probeAt || row.failures == 0, "is no probe that is due, and has failed before")
    } else {
      // What gets no answer takes no place from others.
      try need(others - lane.breaker.silentInFlight(now: now) < lane.limit.ceiling, "is too many")
    }
    switch request.action {
    case .putRecord: try need(row.state == .uploaded && row.receipt != nil, "the object is not durably acknowledged")
    case .uploadPart(_, let part):
      try need(
        row.state == .pending && row.multipart?.uploadID == request.delivery.multipart?.uploadID, "unknown upload")
      let algorithm = row.multipart?.checksum ?? .sha256
      let sent = SimulatedCloud.checksum(algorithm, ofPart: part, of: request.contentHashed)
      try need(row.multipart?.parts[part]?.checksum != sent, "S3 has that part, durably")
    case .completeMultipart:
      try need(row.multipart?.parts.count == 3, "not all parts are durable")
      try need(
        journal.completions[number] == row.multipart?.uploadID, "that it is about to be sent is not durable")
    default: try need(row.state == .pending, "is done already")
    }
    if let id = request.delivery.multipart?.uploadID, let upload = cloud.uploads[id] {
      try need(upload.key == request.place, "the upload is of another object")
    }
    let last = request.lane == .s3 ? journal.delivered(row.file.path) : nil
    let previous = request.delivery.previous
    let isAgain = previous?.number != last?.number || previous?.isGone == true
    try need(
      mayBeAhead || last == nil || isAgain || last?.prepared?.sha256 != row.prepared?.sha256,
      "the same bytes are delivered already")
  }

  // MARK: At every commit

  /// Our own object is never taken for another's.
  func check(_ changes: [JournalChange]) throws {
    for case .parked(let number, "key-conflict", _, _, _) in changes {
      if let prepared = journal.row(number)?.prepared, cloud.holds(prepared, version: nil) {
        throw Violation("delivery \(number) is parked for an object that is its own")
      }
    }
  }

  // MARK: At every turn

  /// The lanes count what is under way, no two versions of a path are held, and nothing is held that is finished.
  func checkTurn() throws {
    let s3 = inFlight.count { $0.lane == .s3 }
    guard machine.s3.inFlight == s3, machine.dynamodb.inFlight == inFlight.count - s3 else {
      throw Violation(
        "the lanes count \(machine.s3.inFlight) and \(machine.dynamodb.inFlight) of \(s3) and \(inFlight.count - s3)")
    }
    guard Set(machine.active.values.map(\.path)).count == machine.active.count else {
      throw Violation("two versions of one path are held: \(machine.active.keys)")
    }
    for number in machine.active.keys where !journal.isOpen(number) {
      throw Violation("delivery \(number) is held and finished")
    }
    for request in inFlight where machine.active[request.delivery.number] == nil {
      throw Violation("\(request.action) is under way for a delivery that was let go")
    }
  }

  // MARK: At the end

  /// Everything came to its end, once, and S3 and DynamoDB hold it.
  func checkEnd() throws {
    for row in journal.rows { try checkEnded(row) }
    try checkRecords()
    if swarm.writesOnce, let place = cloud.objects.first(where: { $0.value.count > 1 })?.key {
      throw Violation("\(place) was replaced")
    }
    for (path, document) in folder.documents { try checkDelivered(path, document) }
    guard !machine.s3.isPaused, !machine.dynamodb.isPaused else {
      throw Violation("a lane is paused for nothing: \(summary)")
    }
    guard machine.active.isEmpty, contents.isEmpty, machine.deferred.isEmpty, commits.isIdle,
      machine.comparisons.isEmpty
    else {
      throw Violation("left in memory: \(machine.active) \(contents.keys) \(machine.deferred)")
    }
  }

  /// Every arrival has a record, and only one: its own, or the one that an earlier journal left of it.
  private func checkRecords() throws {
    var owners: [ArrivalID: Int64] = [:]
    for row in journal.rows where row.state == .logged {
      guard let record = row.prepared.flatMap(cloud.record), let arrival = record.arrival else {
        throw Violation("logged, and not recorded: \(row)")
      }
      let entry = journal.entries[row.number]?.attributes["arrival"]
      guard entry == .text(arrival.text) else {
        throw Violation("the ledger's entry of \(row.number) is not of its record: \(String(describing: entry))")
      }
      if arrival == row.arrival || journal.refusedRecords.contains(row.number) { continue }
      // Two that were made of one state of a file, as it was touched meanwhile, share it.
      let owner = journal.rows.first { $0.arrival == arrival }
      let inodes = [owner?.file.identity.inode, owner.flatMap { journal.takenUp[$0.number]?.inode }]
      if owner?.state == .logged,
        inodes.contains(journal.takenUp[row.number]?.inode) || owner?.file.identity == row.file.identity
      {
        continue
      }
      guard journal.generation > 0, Int(arrival.bytes[0]) < journal.generation else {
        throw Violation("\(row.number) is logged under the record of another arrival: \(story(of: row.file.path))")
      }
      if let other = owners.updateValue(row.number, forKey: arrival) {
        throw Violation("\(other) and \(row.number) share a record: \(story(of: row.file.path))")
      }
    }
    let counts = cloud.records.reduce(into: [RelativePath: [SHA256Digest: Int]]()) { counts, record in
      if let digest = record.digest { counts[record.path, default: [:]][digest, default: 0] += 1 }
    }
    for (path, contents) in folder.placements {
      for (content, times) in contents {
        let found = counts[path]?[SimulatedFolder.digest(of: content)] ?? 0
        if found > times {
          throw Violation("\(found) records of a content that was put \(times) times: \(story(of: path))")
        }
      }
    }
  }

  private func checkEnded(_ row: Delivery) throws {
    switch row.state {
    case .logged:
      guard let prepared = row.prepared, let receipt = row.receipt else { throw Violation("logged as nothing: \(row)") }
      guard cloud.holds(prepared, version: receipt.versionID) else {
        throw Violation("logged, and not in S3: \(row)")
      }
    case .withdrawn:
      let isUnchanged = journal.unchanged.contains(row.number)
      let isThere = folder.documents[row.file.path]?.identity.matches(row.file.identity) ?? false
      guard row.lastError?.isEmpty == false else { throw Violation("withdrawn without a reason: \(row)") }
      if isThere, !isUnchanged, !journal.knows(row.file.path, row.file.identity) {
        throw Violation("withdrawn, and still there: \(row)")
      }
    case .parked:
      let isPoison = swarm.hasPoison && row.file.path == SimulatedFolder.names[1] && row.lastError == "crash"
      guard row.lastError == "unnameable" || isPoison else {
        throw Violation("parked for ever by \(row.lastError ?? "nothing")")
      }
    case .pending, .uploaded, .rejected: throw Violation("not ended: \(row)")
    }
  }

  /// A file that lies in the folder is delivered as it is.
  private func checkDelivered(_ path: RelativePath, _ document: SimulatedFolder.Document) throws {
    guard path != SimulatedFolder.names[0], !swarm.hasPoison || path != SimulatedFolder.names[1] else { return }
    guard let last = journal.delivered(path), last.file.identity.matches(document.identity),
      last.prepared?.sha256 == SimulatedFolder.digest(of: document.content)
    else { throw Violation("\(path.escaped) is not delivered as \(document): \(story(of: path))") }
  }

  /// What became of a path, for the message of a failure.
  func story(of path: RelativePath) -> String {
    let lines = journal.rows.filter { $0.file.path == path }.suffix(14).map { row in
      "\n  \(row.number) \(row.state) \(row.file.identity) \(row.prepared?.sha256?.hex.prefix(16) ?? "-") "
        + "attempts \(row.attempts) \(row.lastError ?? "")"
    }
    return lines.joined()
  }
}

extension DeliveryAction {
  /// Whether nothing becomes visible by it.
  fileprivate var isOfParts: Bool {
    switch self {
    case .createMultipart, .uploadPart: true
    default: false
    }
  }
}
