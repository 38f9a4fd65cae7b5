import DeliveryJournal
import DeliveryModel

@testable import Delivery

extension DeliverySimulation {
  /// One to three things that happen before the engine looks again, faults among them.
  mutating func storm() throws {
    for _ in 0...random.below(3) {
      switch random.below(100) {
      case ..<12: changeFolder()
      case ..<16: changeWeather()
      case ..<17: if swarm.dies { try die() }
      case ..<18: if swarm.dies { try stop() }
      case ..<19: try meddle()
      case ..<30: elapsed += .milliseconds(random.below(random.chance(100) ? 70_000 : 2000))
      default: _ = try proceed()
      }
    }
  }

  private mutating func die() throws {
    if let delivery = hashJobs.first, random.chance(300) { return try crashReading(delivery) }
    note(.death)
    try crash()
  }

  /// What happens seldom.
  private mutating func meddle() throws {
    switch random.below(3) {
    case 0: if swarm.losesJournal, random.chance(300) { try loseJournal() }
    case 1:
      if swarm.reloads {
        note(.reload)
        bucket = ["files", "others"][random.below(2)]
        machine.settings.bucket = bucket
      }
    default:
      if swarm.setsClock {
        note(.clockSet)
        clockSet += .seconds(random.below(200_000) - 100_000)
      }
    }
  }

  /// One thing that is under way goes on, drawn at random. Returns false where nothing is.
  mutating func proceed() throws -> Bool {
    let first = random.below(5)
    for kind in first..<first + 5 where try proceed(kind % 5) { return true }
    return false
  }

  private mutating func proceed(_ kind: Int) throws -> Bool {
    switch kind {
    case 0: return try takeHash()
    case 1: return try answer()
    case 2: return try workJournal()
    case 3: return offer()
    default: return refresh()
    }
  }

  // MARK: The folder

  private mutating func changeFolder() {
    let path = SimulatedFolder.names[random.below(SimulatedFolder.names.count)]
    if swarm.restores, random.chance(200) {
      if folder.restore(path, after: elapsed, { random.below($0) }) { note(.restored) }
      return
    }
    switch random.below(10) {
    case ..<5: folder.save(path, inPlace: random.chance(500), after: elapsed)
    case ..<7:
      let onlyAttributes = swarm.recognizes && random.chance(500)
      if swarm.recognizes, random.chance(300) {
        folder.putCopyOver(path, withItsTime: onlyAttributes, after: elapsed)
        note(.copied)
      } else {
        folder.touch(path, onlyAttributes: onlyAttributes, after: elapsed)
      }
    case 7: folder.remove(path)
    default: if folder.documents[path] == nil { folder.save(path, inPlace: false, after: elapsed) }
    }
  }

  /// A scan of the watcher hands over a file that the journal does not know in this state.
  private mutating func offer() -> Bool {
    for path in SimulatedFolder.names {
      // What the journal knows is looked up once it has what was handed over before.
      guard folder.documents[path] != nil else {
        if depart(path) { return true }
        continue
      }
      let isFound = unscanned[path] == folder.documents[path]?.content
      guard let file = folder.settled(path, at: wall, by: isFound ? .firstScan : .event),
        !journal.knows(path, file.identity),
        !swarm.recognizes || offeredPaths[path] == nil, offering.insert(file.identity).inserted
      else { continue }
      // What was withdrawn as delivered before, beside a pending one, is found again by scans alone.
      elapsed += .seconds(journal.wasUnchanged(path) ? 30 : 1)
      let known = swarm.recognizes ? journal.newest(path) : nil
      // Nothing tells of every write, so that digests decide.
      let recognition = known?.recognition(of: file.identity, after: .closed, isLocal: true)
      let changes = machine.settled([file.inState(file.identity, recognition: recognition)], at: moment())
      if !changes.isEmpty { offeredPaths[path] = file.identity }
      commits.add(changes)
      return true
    }
    return false
  }

  /// The file is seen gone, as often as not. What was handed over is durable by then.
  private mutating func depart(_ path: RelativePath) -> Bool {
    guard isStormy, swarm.restores, offeredPaths[path] == nil, offering.isEmpty, journal.stands(path),
      random.chance(300)
    else { return false }
    note(.departed)
    journal.depart(path)
    unscanned[path] = nil
    return true
  }

  // MARK: Reading

  private mutating func takeHash() throws -> Bool {
    if !readings.isEmpty, hashJobs.isEmpty || random.chance(700) {
      readOn()
      return true
    }
    guard !hashJobs.isEmpty else { return false }
    let delivery = hashJobs.remove(at: random.below(hashJobs.count))
    if swarm.hasPoison, delivery.file.path == SimulatedFolder.names[1] {
      try crashReading(delivery)
      return true
    }
    if mayReadAhead(delivery) {
      beginReading(delivery)
      return true
    }
    let outcome = hash(delivery)
    machine.hashed(delivery.number, outcome, at: moment())
    return true
  }

  private mutating func hash(_ delivery: Delivery) -> HashOutcome {
    let file = delivery.file
    if isStormy, random.chance(30) {
      note(.fileUnreadable)
      return .unreadable(code: "permission", reason: "permission")
    }
    // Somebody has it open, say; it is offered again as it was.
    if isStormy, random.chance(swarm.writesOnce ? 60 : 10) { return .changed }
    if file.path == SimulatedFolder.names[0] { return .unnameable(reason: "unnameable") }
    guard let document = folder.documents[file.path] else { return .gone }
    // What was hashed before is compared; what never was is the delivery's while its mtime is.
    let isSame = document.identity.matches(file.identity)
    let frozen = delivery.prepared?.sha256
    let mayBeSame =
      delivery.number > 0 && !delivery.isSuperseded && document.identity.size == file.identity.size
      && (frozen.map { $0 == SimulatedFolder.digest(of: document.content) }
        ?? (document.identity.modified == file.identity.modified))
    guard isSame || mayBeSame else {
      note(.fileChanged)
      return .changed
    }
    if isStormy, random.chance(10) { return .touched }
    let isLarge = file.identity.size > SimulatedFolder.partSize
    contents[delivery.number] = (
      isLarge ? .descriptor(inode: document.identity.inode) : .bytes(document.content), document.content
    )
    let digest = SimulatedFolder.digest(of: document.content)
    let isRepeated = delivery.formerContents.contains(digest)
    let id = DeliveryID(file, .digest(digest), arrival: isRepeated ? delivery.arrival : nil)
    let prepared = PreparedDelivery(
      sha256: digest, id: id, bucket: bucket, objectKey: key(with: id, file), contentType: "", owner: "", host: "")
    let kept = delivery.prepared.flatMap { $0.sha256 == prepared.sha256 && $0.bucket == bucket ? $0 : nil }
    return .hashed(
      FileDigest(
        prepared: kept ?? prepared, partSize: isLarge ? SimulatedFolder.partSize : nil,
        partDigests: isLarge ? (1...3).map { SimulatedFolder.digest(ofPart: $0, of: document.content) } : [],
        partCRC64: isLarge && (delivery.multipart?.checksum ?? machine.checksums.algorithm) == .crc64nvme
          ? (1...3).map { SimulatedFolder.crc64(ofPart: $0, of: document.content) } : [],
        identity: identity(of: delivery, kept ?? prepared),
        state: isSame ? nil : document.identity))
  }

  /// With `write_once` the key has the delivery's id.
  private func key(with id: DeliveryID, _ file: SettledFile) -> String {
    "inbox/" + (swarm.writesOnce ? id.text + "/" : "") + file.path.escaped
  }

  private func identity(of delivery: Delivery, _ prepared: PreparedDelivery) -> IdentityChoice? {
    let file = delivery.file
    guard delivery.number > 0, swarm.writesOnce || file.discovery == .firstScan, let digest = prepared.sha256 else {
      return nil
    }
    let own = DeliveryID(file, .digest(digest), arrival: delivery.arrival)
    guard own != prepared.id else { return nil }
    func recordKey(_ id: DeliveryID) -> RecordKey { RecordKey(id: id, objectKey: key(with: id, file)) }
    let former = file.discovery == .firstScan ? recordKey(DeliveryID(formerlyOf: file, digest)) : nil
    return IdentityChoice(former: former, own: recordKey(own), isInKey: swarm.writesOnce)
  }

  // MARK: The journal

  mutating func workJournal() throws -> Bool {
    guard !journalJobs.isEmpty else { return false }
    switch journalJobs.removeFirst() {
    case .commit(let changes):
      if isStormy, swarm.fillsDisk, random.chance(20) {
        note(.diskFull)
        commits.failed(changes, retryAt: now + .seconds(5))
      } else {
        try check(changes)
        try journal.commit(changes)
        commits.finished()
        let moment = moment()
        for change in changes {
          switch change {
          case .received(let file), .recognized(let file, _):
            offering.remove(file.identity)
            if file.discovery == .firstScan { unscanned[file.path] = nil }
            if offeredPaths[file.path] == file.identity { offeredPaths[file.path] = nil }
          default: break
          }
          backlog.committed(change, now: moment.wall)
          machine.committed(change, at: moment)
        }
      }
    case .load(let request):
      let (deliveries, nextDue) = journal.open(request)
      for delivery in deliveries where machine.active[delivery.number] == nil {
        attemptsLoaded[delivery.number] = delivery.attempts
      }
      backlog.loaded(request, count: deliveries.count, nextDue: nextDue)
      machine.loaded(deliveries, for: request, nextDue: nextDue, at: moment())
    }
    return true
  }

  // MARK: The services

  private mutating func changeWeather() {
    let troubles: [ServiceTrouble?] = [nil, nil, .noConnection, .slowDown, .accessDenied]
    switch random.below(swarm.refusesFolder ? 7 : 6) {
    case 6: weather.refused = ([nil] + SimulatedFolder.folders)[random.below(3)]
    case 0: weather.s3 = troubles[random.below(troubles.count)]
    case 1: weather.dynamodb = troubles[random.below(troubles.count)]
    case 2: weather.flakiness = [0, 50, 300][random.below(3)]
    case 3: weather.credential += 1
    case 4: weather.clock = random.below(3) * 1000
    default:
      note(.uploadsForgotten)
      cloud.forgetUploads()
    }
  }

  private mutating func refresh() -> Bool {
    guard isRefreshing else { return false }
    isRefreshing = false
    credential = weather.credential
    machine.canSign = true
    return true
  }

  private mutating func answer() throws -> Bool {
    guard !inFlight.isEmpty else { return false }
    let request = inFlight.remove(at: random.below(inFlight.count))
    machine.take(try judge(request), for: request.delivery.number, at: moment())
    for index in inFlight.indices where !lane(of: inFlight[index]).isClosed(inFlight[index].delivery.file.folder) {
      inFlight[index].isProbe = false
    }
    return true
  }

  private mutating func judge(_ request: SimulatedRequest) throws -> RequestBuilder.Judged {
    let trouble = trouble(of: request)
    if let trouble { note(.service(trouble)) }
    switch trouble {
    case .skewed: return request.refused(.skewed).correcting(by: .seconds(weather.clock) - ServiceTrouble.skew)
    case .answerLost, .errorInSuccess, .halfAnswer: _ = try cloud.perform(request, content: content(of: request))
    case .some: break
    case nil: return try cloud.perform(request, content: content(of: request))
    }
    return trouble.map(request.refused) ?? .aborted
  }

  /// What befalls a request; nil if S3 or DynamoDB may answer as it likes.
  private mutating func trouble(of request: SimulatedRequest) -> ServiceTrouble? {
    if request.credential != weather.credential { return .expiredToken }
    if request.clock != weather.clock { return .skewed }
    let lasting = request.lane == .s3 ? weather.s3 : weather.dynamodb
    if request.delivery.file.folder == weather.refused { return .accessDenied }
    if lasting == .slowDown || lasting == .accessDenied { return lasting }
    if isStormy, let own = troubleOfFile(request) { return own }
    guard lasting != nil || random.chance(weather.flakiness) else { return nil }
    return [.noConnection, .internalError, .answerLost, .answerLost, .errorInSuccess, .halfAnswer][random.below(6)]
  }

  private mutating func troubleOfFile(_ request: SimulatedRequest) -> ServiceTrouble? {
    if swarm.hasItemFaults, random.chance(8) { return .invalidItem }
    guard request.lane == .s3 else { return nil }
    if random.chance(5) { return .fileUnreadable }
    // Another's object stands in the way, for a moment.
    if swarm.writesOnce, !request.mayBeThere, request.isCreate, random.chance(20) { return .preconditionFailed }
    return nil
  }
}
