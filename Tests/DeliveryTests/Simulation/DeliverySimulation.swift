import DeliveryJournal
import DeliveryModel
import TestFixtures
import TestSupport

@testable import Delivery

/// One history of the engine, drawn from one seed: the real machine, backlog and commit queue over a journal, a folder
/// and an AWS that are values. Answers get lost, services fail in every way, the process dies at any moment; then the
/// faults stop, and everything must come to its end.
struct DeliverySimulation {
  enum JournalJob {
    case commit([JournalChange])
    case load(DueRequest)
  }

  /// How the services are doing.
  struct Weather {
    var s3 = ServiceTrouble?.none
    var dynamodb = ServiceTrouble?.none
    /// Thousandths of the requests that fail by themselves.
    var flakiness = 0
    /// The folder whose every request is refused, by a policy of its prefix, say.
    var refused: String?
    /// The credentials and the correction of the clock that are right now.
    var credential = 0
    var clock = 0
  }

  let seed: UInt64
  let swarm: Swarm
  var random: SeededGenerator
  var elapsed = Duration.zero { didSet { wall = Fixture.wall + elapsed + clockSet } }
  /// How the wall clock was set.
  var clockSet = Duration.zero { didSet { wall = Fixture.wall + elapsed + clockSet } }
  private(set) var wall = Fixture.wall
  var weather = Weather()
  var isStormy = true
  /// All is delivered; what comes now has no fault to blame.
  private var isOver = false
  /// Whether the credentials run out once more, between an object and its record.
  private var expiresAgain = true
  /// What went wrong so far.
  private(set) var mishaps: [Mishap: Int] = [:]

  // The world
  var folder = SimulatedFolder()
  var journal = SimulatedJournal()
  /// What lay there when the journal was lost: the first scan under the new one finds it.
  var unscanned: [RelativePath: UInt64] = [:]
  var cloud: SimulatedCloud
  /// Where objects go; a reload changes it.
  var bucket = "files"

  // The process: lost in a crash
  var machine: DeliveryMachine
  var backlog = Backlog()
  var commits = CommitQueue()
  var journalJobs: [JournalJob] = []
  var hashJobs: [Delivery] = []
  var readings: [SimulatedReading] = []
  /// What is held of them to be sent.
  var partMemory: [Int64: [Int: UInt64]] = [:]
  var inFlight: [SimulatedRequest] = []
  var contents: [Int64: (sent: SimulatedContent, hashed: UInt64)] = [:]
  /// What the watcher handed over and the journal has not acknowledged yet.
  var offering: Set<FileIdentity> = []
  /// Of which something that the watcher handed over is being made durable, and in which state.
  var offeredPaths: [RelativePath: FileIdentity] = [:]
  /// How many attempts each delivery had when it was taken up.
  var attemptsLoaded: [Int64: Int] = [:]
  var credential = 0
  var clock = 0
  var isRefreshing = false
  var clockWatch = ClockWatch()

  static let schedule = RetrySchedule(base: .seconds(1), cap: .seconds(60))

  init(seed: UInt64) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
    swarm = Swarm(&random)
    cloud = SimulatedCloud(
      writesOnce: swarm.writesOnce, completesAgain: swarm.completesAgain, checksums: swarm.checksums)
    machine = Self.machine(bucket, swarm, finding: nil, now: Fixture.start)
  }

  static func machine(
    _ bucket: String, _ swarm: Swarm, finding: ChecksumFinding?, now: ContinuousClock.Instant
  ) -> DeliveryMachine {
    var settings = DeliveryMachine.Settings(retry: schedule, partConcurrency: 2, window: 5, bucket: bucket)
    settings.checksums = swarm.checksums.policy
    settings.keepsLedger = true
    settings.names = Dictionary(uniqueKeysWithValues: SimulatedFolder.folders.map { (Array($0.utf8), $0) })
    var machine = DeliveryMachine(settings: settings, concurrency: 3, now: now)
    machine.checksums.recall(finding)
    machine.canSign = true
    return machine
  }

  var now: ContinuousClock.Instant { Fixture.start + elapsed }

  mutating func moment() -> DeliveryMachine.Moment {
    DeliveryMachine.Moment(wall: wall, now: now, random: random.unit())
  }

  // MARK: History

  static let stormySteps = 160
  static let calmSteps = 6000

  mutating func run() throws {
    for _ in 0..<Self.stormySteps {
      try storm()
      try turn()
    }
    calmDown()
    if swarm.refusesFolder { try deliverBeside(SimulatedFolder.folders[random.below(2)]) }
    weather.refused = nil
    try drain(retries: 2)
    try deliverOneMore()
    try checkEnd()
  }

  /// Goes on until nothing is left to do. What is parked is retried by hand, so many times at most.
  private mutating func drain(retries: Int) throws {
    var retries = retries
    for _ in 0..<Self.calmSteps {
      if try proceed() {
        try turn()
      } else if !journal.isDone || !commits.isIdle || !machine.comparisons.isEmpty {
        try waitForAlarm()
      } else if retries > 0, !journal.parked.isEmpty {
        retries -= 1
        try retryParked()
      } else {
        return
      }
    }
    throw Violation(
      "\(journal.open.count) deliveries never end: \(summary)\(journal.rows.last.map { story(of: $0.file.path) } ?? "")"
    )
  }

  /// After all that, two new files go their way as if nothing had been, but that the credentials ran out meanwhile.
  private mutating func deliverOneMore() throws {
    let began = elapsed
    isOver = true
    weather.credential += 1
    for path in SimulatedFolder.names.suffix(2) { folder.save(path, inPlace: false, after: elapsed) }
    try drain(retries: 0)
    guard elapsed - began <= Self.longestDelivery else {
      throw Violation("a file took \(elapsed - began) though nothing fails: \(summary)")
    }
  }

  /// One folder's files are refused, for as long as it likes: everything else is delivered all the same.
  private mutating func deliverBeside(_ refused: String) throws {
    weather.refused = refused
    func isOther(_ row: Delivery) -> Bool { row.file.folder != refused }
    try wait(for: "what is in the other folder") { !$0.journal.open.contains(where: isOther) }
    let began = elapsed
    guard let path = SimulatedFolder.names.last(where: { SimulatedFolder.folder(of: $0) != refused }) else { return }
    folder.save(path, inPlace: false, after: elapsed)
    let identity = folder.documents[path]?.identity
    try wait(for: "a new file") { world in
      world.journal.rows.contains { $0.file.identity == identity && $0.state == .logged }
    }
    guard elapsed - began <= Self.longestDelivery else {
      throw Violation("a file took \(elapsed - began) though only \(refused) is refused: \(summary)")
    }
  }

  private mutating func wait(for what: String, _ isDone: (DeliverySimulation) -> Bool) throws {
    for _ in 0..<Self.calmSteps {
      if isDone(self) { return }
      if try proceed() { try turn() } else { try waitForAlarm() }
    }
    throw Violation("\(what) is never delivered beside a folder that is refused: \(summary)")
  }

  /// The clock's correction and the credentials may have to be found out first, a lane's next probe be awaited.
  private static let longestDelivery = Duration.seconds(150)

  mutating func note(_ mishap: Mishap) { mishaps[mishap, default: 0] += 1 }

  private mutating func calmDown() {
    isStormy = false
    weather.s3 = nil
    weather.dynamodb = nil
    weather.flakiness = 0
  }

  private mutating func retryParked() throws {
    if journal.rows.contains(where: { $0.state == .parked && !["unnameable", "crash"].contains($0.lastError) }) {
      note(.parked)
    }
    try journal.commit(journal.parked.map { .retried(number: $0, at: wall) })
    backlog.mayHaveDue(wall)
    try turn()
  }

  // MARK: The engine's loop

  /// What the engine does after each batch of events.
  mutating func turn() throws {
    machine.pump(now: now)
    for action in machine.takeActions() { try perform(action) }
    if let batch = commits.next(now: now) { journalJobs.append(.commit(batch)) }
    load()
    try checkTurn()
  }

  private mutating func load() {
    if clockWatch.wasSet(wall: wall, now: now) { machine.leftToJournal = true }
    if machine.leftToJournal {
      backlog.mayHaveDue(wall)
      machine.leftToJournal = false
    }
    let horizon = max(Self.schedule.cap, MultipartRun.completionTime)
    for state in [DeliveryState.uploaded, .pending] {
      if backlog.maySearch(state), let search = machine.search(for: state, now: now) {
        backlog.search(state)
        journalJobs.append(.load(machine.request(search, for: state, now: wall, horizon: horizon)))
      }
      let appetite = machine.appetite(for: state)
      // A copy: the closure reads another part of this very value.
      var asked = backlog
      let request = asked.request(
        state, appetite: appetite, folderLimit: machine.settings.folderWindow, inHand: machine.inHand,
        without: machine.foldersLeftAlone(for: state), now: wall, horizon: horizon, heldCount: machine.heldCount,
        held: { machine.heldNumbers })
      backlog = asked
      if var request {
        request.withoutQuestions = machine.hasEnoughQuestions
        journalJobs.append(.load(request))
      }
    }
  }

  private mutating func perform(_ action: DeliveryAction) throws {
    switch action {
    case .hash(let delivery): hashJobs.append(delivery)
    case .commit(let change): commits.add([change])
    case .releaseContent(let number):
      contents[number] = nil
      letGoOfReading(number)
    case .releasePart(let number, let part): partMemory[number]?[part] = nil
    case .letGoOfReading(let number): letGoOfReading(number)
    case .refreshCredentials:
      machine.canSign = false
      isRefreshing = true
    case .adjustClock(let offset): clock = Int(offset.components.seconds)
    case .abortMultipart(_, let uploadID): if random.chance(500) { cloud.abort(uploadID) }
    case .note(.circuitOpened(_, let scope, let opening)):
      if isOver { throw Violation("\(scope) closed though nothing fails: \(opening)") }
    case .resettle(let file): offering.remove(file.identity)
    case .note: break
    case .putObject(let number), .createMultipart(let number), .completeMultipart(let number),
      .putRecord(let number), .askForRecord(let number, _), .uploadPart(let number, _):
      try send(action, number)
    }
  }

  private mutating func send(_ action: DeliveryAction, _ number: Int64) throws {
    guard let active = machine.active[number], let id = RequestBuilder.identifier(of: action) else {
      throw Violation("\(action) for a delivery that is not held")
    }
    var content = contents[number]
    if case .uploadPart(_, let part) = action, let read = partMemory[number]?[part] {
      content = (.bytes(read), read)
    } else if case .uploadPart(_, let part) = action, active.partDigests[part - 1] == PartDigests.unknown {
      throw Violation("\(action) cannot be signed")
    }
    if content == nil, active.ahead == nil || !action.needsNoContent, active.delivery.state == .pending,
      !isQuestion(action)
    {
      throw Violation("\(action) without its content")
    }
    let request = SimulatedRequest(
      id: id, action: action, delivery: active.delivery, checksum: active.checksum,
      content: content?.sent ?? .bytes(0), contentHashed: content?.hashed ?? 0, credential: credential, clock: clock,
      bucket: bucket, mayBeThere: active.mayHaveObject,
      place: bucket + "/"
        + (active.delivery.prepared?.objectKey ?? active.ahead?.target.objectKey
          ?? active.delivery.multipart?.target?.objectKey ?? ""))
    try check(request)
    if isOver, expiresAgain, machine.active.count == 1, case .putRecord = action {
      expiresAgain = false
      weather.credential += 1
    }
    inFlight.append(request)
    inFlight[inFlight.count - 1].isProbe = lane(of: request).isClosed(request.delivery.file.folder)
    inFlight[inFlight.count - 1].isServiceProbe = lane(of: request).opening != nil
  }

  func lane(of request: SimulatedRequest) -> AdmissionControl { request.lane == .s3 ? machine.s3 : machine.dynamodb }

  private func isQuestion(_ action: DeliveryAction) -> Bool {
    if case .askForRecord = action { true } else { false }
  }

  // MARK: Time

  private mutating func waitForAlarm() throws {
    let looks = [machine.nextLook(backlog, wall: wall, now: now), commits.retryAt].compactMap { $0 }
    guard let next = looks.min() else { throw Violation("stalled: \(summary)") }
    guard next > now else { throw Violation("turns without rest: \(summary)") }
    elapsed += next - now
    try turn()
  }

  /// What stands where, for the message of a failure.
  var summary: String {
    let held = machine.active.values.map { "\($0.delivery.number) \($0.stage)" }.sorted()
    let open = journal.open.map { "\($0.number) \($0.state) due \($0.nextAttempt - wall)" }.sorted()
    return """
      after \(elapsed), held \(held), open \(open), line \(machine.uploads.numbers) \(machine.multiparts.numbers) \(machine.records.numbers), \
      hashing \(hashJobs.map(\.number)), under way \(inFlight.map(\.action)), journal \(journalJobs.count), \
      can sign \(machine.canSign), S3 \(machine.s3), DynamoDB \(machine.dynamodb), backlog \(backlog), \
      deferred \(machine.deferred.values.map { $0.sorted() })
      """
  }

  func content(of request: SimulatedRequest) -> UInt64 {
    switch request.content {
    case .bytes(let content): content
    case .descriptor(let inode): folder.inodes[inode] ?? 0
    }
  }
}

extension DeliveryAction {
  /// Whether it is the first request of an upload, which sends nothing of the file.
  fileprivate var needsNoContent: Bool { if case .createMultipart = self { true } else { false } }
}
