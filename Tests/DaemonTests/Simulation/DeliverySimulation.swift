import DeliveryJournal
import DeliveryModel

@testable import Daemon

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
    var s3 = FailureClass?.none
    var dynamodb = FailureClass?.none
    /// Thousandths of the requests that fail by themselves.
    var flakiness = 0
    /// The credentials and the correction of the clock that are right now.
    var credential = 0
    var clock = 0
  }

  let seed: UInt64
  let swarm: Swarm
  var random: SeededGenerator
  var elapsed = Duration.zero
  /// How the wall clock was set.
  var clockSet = Duration.zero
  var weather = Weather()
  var isStormy = true

  // The world
  var folder = SimulatedFolder()
  var journal = SimulatedJournal()
  var cloud: SimulatedCloud
  /// Where objects go; a reload changes it.
  var bucket = "files"

  // The process: lost in a crash
  var machine: DeliveryMachine
  var backlog = Backlog()
  var commits = CommitQueue()
  var journalJobs: [JournalJob] = []
  var hashJobs: [Delivery] = []
  var inFlight: [SimulatedRequest] = []
  var contents: [Int64: (sent: SimulatedContent, hashed: UInt64)] = [:]
  /// What the watcher handed over and the journal has not acknowledged yet.
  var offering: Set<FileIdentity> = []
  var credential = 0
  var clock = 0
  var isRefreshing = false
  var clockWatch = ClockWatch()

  static let schedule = RetrySchedule(base: .seconds(1), cap: .seconds(60))

  init(seed: UInt64) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
    swarm = Swarm(&random)
    cloud = SimulatedCloud(writesOnce: swarm.writesOnce)
    machine = Self.machine(bucket, now: Fixture.start)
  }

  static func machine(_ bucket: String, now: ContinuousClock.Instant) -> DeliveryMachine {
    let settings = DeliveryMachine.Settings(retry: schedule, partConcurrency: 2, window: 5, bucket: bucket)
    var machine = DeliveryMachine(settings: settings, concurrency: 3, now: now)
    machine.canSign = true
    return machine
  }

  var now: ContinuousClock.Instant { Fixture.start + elapsed }
  var wall: Timestamp { Fixture.wall + elapsed + clockSet }

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
    try calmDown()
    var retries = 0
    for _ in 0..<Self.calmSteps {
      if try proceed() {
        try turn()
      } else if !journal.open.isEmpty {
        try waitForAlarm()
      } else if retries < 2, !journal.parked.isEmpty {
        retries += 1
        try retryParked()
      } else {
        return try checkEnd()
      }
    }
    throw Violation("\(journal.open.count) deliveries never end: \(summary)")
  }

  private mutating func calmDown() throws {
    isStormy = false
    weather.s3 = nil
    weather.dynamodb = nil
    weather.flakiness = 0
  }

  private mutating func retryParked() throws {
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
    for state in [DeliveryState.uploaded, .pending] {
      let appetite = machine.appetite(for: state, now: now)
      let held = { [machine] in machine.heldNumbers }
      guard
        let request = backlog.request(
          state, appetite: appetite, folderLimit: machine.settings.folderWindow, inHand: machine.inHand, now: wall,
          horizon: Self.schedule.cap, heldCount: machine.heldCount, held: held)
      else { continue }
      journalJobs.append(.load(request))
    }
  }

  private mutating func perform(_ action: DeliveryAction) throws {
    switch action {
    case .hash(let delivery): hashJobs.append(delivery)
    case .commit(let change): commits.add([change])
    case .releaseContent(let number): contents[number] = nil
    case .refreshCredentials:
      machine.canSign = false
      isRefreshing = true
    case .adjustClock(let offset): clock = Int(offset.components.seconds)
    case .abortMultipart(_, let uploadID): if random.chance(500) { cloud.abort(uploadID) }
    case .note, .resettle: break
    case .putObject(let number), .createMultipart(let number), .completeMultipart(let number),
      .putRecord(let number), .uploadPart(let number, _):
      try send(action, number)
    }
  }

  private mutating func send(_ action: DeliveryAction, _ number: Int64) throws {
    guard let active = machine.active[number], let id = RequestDesk.identifier(of: action) else {
      throw Violation("\(action) for a delivery that is not held")
    }
    let content = contents[number]
    if content == nil, active.delivery.state == .pending { throw Violation("\(action) without its content") }
    let request = SimulatedRequest(
      id: id, action: action, delivery: active.delivery, partDigests: active.partDigests,
      content: content?.sent ?? .bytes(0), contentHashed: content?.hashed ?? 0, credential: credential, clock: clock,
      bucket: bucket, mayBeThere: mayBeThere(active))
    try check(request)
    inFlight.append(request)
  }

  /// As the request desk has it.
  private func mayBeThere(_ active: ActiveDelivery) -> Bool {
    active.mayBeThere || active.delivery.attempts > 1
      || Timestamp(nanoseconds: active.delivery.file.identity.changed) < journal.created
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
