import AWSClients
import AWSSigning
import ConfiguredClients
import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Folders
import HTTPTransport
import SystemSupport

/// The state of the engine's one loop, and how it turns: take every event that has arrived, let the machine judge, then
/// do all that came out of it in as few calls as possible.
///
/// Only ``DeliveryEngine/run()`` touches it; nothing in it blocks.
struct EngineLoop {
  let ports: EnginePorts
  var settings: EngineSettings
  var machine: DeliveryMachine
  var requests: RequestBuilder
  var contents: [Int64: FileContent] = [:]
  /// Of files that are sent while they are read, or were until a moment ago.
  var streams: [Int64: PartStream] = [:]
  var allowance: ContentAllowance
  var counters: QueueCounters
  var backlog = Backlog()
  var commits = CommitQueue()
  var comparing = ComparisonQueue()
  /// Files to be read once the allowance has room.
  var hashJobs: [Int64: Delivery] = [:]
  var outgoing: [HTTPExchange] = []
  /// Deliveries finished in this turn, for the log.
  var departing: [Int64: Delivery] = [:]
  var shutdown = ShutdownProgress()
  var bandwidth: BandwidthTimer
  var clockWatch = ClockWatch()
  var problem: String?
  /// How often deliveries that were set aside became open again.
  var reopened = 0
  var credentialFailure: (failure: ServiceFailure, since: Timestamp)?
  /// When the provider was last asked anew because a service refused what it gave.
  var credentialsAskedAt: ContinuousClock.Instant?
  /// What somebody was told to be blocked, by a run before this one, and not to work again.
  var unresolved: Set<String>

  init(ports: EnginePorts, settings: EngineSettings, counters: QueueCounters) {
    self.ports = ports
    self.settings = settings
    self.counters = counters
    let concurrency = settings.configuration.upload.concurrency
    machine = DeliveryMachine(settings: settings.machine, concurrency: concurrency, now: ports.clock.now)
    machine.checksums.recall(ports.checksumFinding)
    allowance = ContentAllowance(descriptors: ports.descriptors.contents)
    bandwidth = BandwidthTimer(settings.configuration.upload.bandwidthLimit, now: ports.clock.now)
    unresolved = ports.unresolved
    requests = RequestBuilder(settings: settings)
  }

  /// Takes in one batch of events and does all that follows. Returns false once the engine has stopped.
  mutating func turn(_ events: [EngineEvent]) -> Bool {
    noticeClock()
    for event in events { handle(event) }
    enforceShutdown()
    applyBandwidth()
    // Refused credentials are put out of use before the machine starts what was refused again.
    performAll()
    reconsiderCredentials()
    machine.reviewAbsences(now: ports.clock.now)
    machine.pump(now: ports.clock.now)
    performAll()
    acknowledge()
    submit()
    setAlarm()
    publish()
    commits.resumeFinished()
    return !isFinished
  }

  var moment: DeliveryMachine.Moment {
    DeliveryMachine.Moment(
      wall: ports.clock.wall(), now: ports.clock.now, random: ports.random(), serviceOffset: requests.clockOffset)
  }

  // MARK: Events

  private mutating func handle(_ event: EngineEvent) {
    switch event {
    case .settled(let files, let continuation):
      // A folder that gives files is there and answers, whatever was said last.
      if !machine.away.isEmpty { for file in files { machine.folderReturned(file.folder) } }
      let changes = machine.settled(files, at: moment)
      comparing.add(ComparisonQueue.Batch(folder: files.first?.folder ?? "", changes: changes, waiter: continuation))
    case .hashed(let files): takeHashed(files)
    case .readAhead(let part):
      // What is held of it from now on is its parts' memory: others of its folder are asked for.
      allowance.read(part.delivery)
      if part.begins != nil {
        streams.updateValue(part.stream, forKey: part.delivery)?.letGo()
      } else if streams[part.delivery] !== part.stream {
        // Of an earlier reading, which nobody sends from any more.
        break
      }
      machine.partRead(part, at: moment)
    case .answered(let completions): for completion in completions { takeAnswer(completion) }
    case .committed(let changes, _): takeCommitted(changes)
    case .notCommitted(let changes, let reason): takeNotCommitted(changes, reason)
    case .loaded(let request, let deliveries, let nextDue):
      if !commits.isHeldUp { endJournalTrouble() }
      backlog.loaded(request, count: deliveries.count, nextDue: nextDue)
      machine.loaded(deliveries, for: request, nextDue: nextDue, at: moment)
    case .notLoaded(let request, let reason):
      beginJournalTrouble(reason, "reading")
      backlog.notLoaded(request, next: ports.clock.wall() + JournalError.pause)
    case .credentials(let credentials): takeCredentials(credentials)
    case .credentialsFailed(let failure): takeCredentialFailure(failure)
    case .folder(let name, let isThere):
      if isThere { machine.folderReturned(name) } else { machine.folderLeft(name) }
    case .alarm: ports.alarm.clear()
    case .retry(let request, let reply): retry(request, reply)
    case .retried(let deliveries): takeRetried(deliveries)
    case .dismiss(let numbers, let reply): dismiss(numbers, reply)
    case .dismissed(let numbers, let deliveries): takeDismissed(numbers, deliveries)
    case .describe(let reply): reply.give(.success(workUnderWay))
    case .reconfigured(let new, let descriptors): reconfigure(new, descriptors)
    case .removed(let count): counters.removed(count, .rejected)
    case .ping: ports.pulse.beat()
    case .stop: beginShutdown()
    case .letGo:
      commits.letGo()
      comparing.abandon()
    }
  }

  private mutating func takeHashed(_ files: [HashedFile]) {
    for file in files {
      contents[file.number] = file.content
      allowance.read(file.number)
      machine.hashed(file.number, file.outcome, at: moment)
    }
  }

  private mutating func takeCommitted(_ changes: [JournalChange]) {
    endJournalTrouble()
    commits.finished()
    let moment = moment
    for change in changes {
      if case .logged(let number, _, _, _) = change {
        departing[number] = machine.active[number]?.delivery
        departing[number]?.state = .logged
      }
      if let folder = folderConcerned(by: change) { ports.followUps.ring(folder) }
      count(change)
      backlog.committed(change, now: moment.wall)
      machine.committed(change, at: moment)
    }
  }

  /// The folder in which something is to be done. An accepted file may be one that was refused before: the note about
  /// that goes. Mutating, as the compiler would else copy the whole engine for each change.
  private mutating func folderConcerned(by change: JournalChange) -> String? {
    switch change {
    case .errand(let number, _): return (departing[number] ?? machine.active[number]?.delivery)?.file.folder ?? ""
    case .logged(let number, _, _, _), .unchanged(let number, _, _, _):
      guard let folder = machine.active[number]?.folder else { return nil }
      return machine.settings.refusing.contains(folder) ? folder : nil
    default: return nil
    }
  }

  private mutating func takeNotCommitted(_ changes: [JournalChange], _ reason: String) {
    beginJournalTrouble(reason, "write")
    commits.failed(changes, retryAt: ports.clock.now + JournalError.pause)
  }

  private mutating func beginJournalTrouble(_ reason: String, _ work: String) {
    if problem == nil {
      ports.log.journalWaits(reason, work)
      ports.alertNow(AlertNotice(.blocked, AlertNotice.Subject.journal, at: ports.clock.wall(), reason: reason))
    }
    problem = reason
  }

  private mutating func endJournalTrouble() {
    guard problem != nil else { return }
    ports.log.journalWritten()
    ports.alertNow(AlertNotice(.recovered, AlertNotice.Subject.journal, at: ports.clock.wall()))
    problem = nil
  }

  private mutating func takeCredentials(_ credentials: AWSCredentials) {
    if requests.areCredentialsDoubted { probeWithNewCredentials() }
    requests.credentials = credentials
    if credentialFailure != nil { ports.log.circuitClosed(.sts, .service) }
    if credentialFailure != nil || unresolved.remove(AlertNotice.Subject.credentials) != nil {
      alert(.recovered, AlertNotice.Subject.credentials)
    }
    credentialFailure = nil
    machine.canSign = !shutdown.isRequested
  }

  /// The old credentials stay in use while they are valid; without any, nothing can be sent.
  private mutating func takeCredentialFailure(_ failure: ServiceFailure) {
    if credentialFailure == nil {
      ports.log.credentialsFailed(failure)
      alert(.blocked, AlertNotice.Subject.credentials, reason: failure.message)
    }
    credentialFailure = (failure, credentialFailure?.since ?? ports.clock.wall())
    if requests.credentials == nil || requests.areCredentialsExpired(at: ports.clock.wall()) { machine.canSign = false }
  }

  /// The deliveries are due again; what was parked counts as open from now on.
  private mutating func takeRetried(_ deliveries: [Delivery]) {
    let now = ports.clock.wall()
    if !deliveries.isEmpty { reopened += 1 }
    for delivery in deliveries {
      counters.moved(delivery.file, from: delivery.state, to: delivery.stateOnceRetried)
    }
    backlog.mayHaveDue(now)
    machine.s3.breaker.startOver(now: ports.clock.now)
    machine.dynamodb.breaker.startOver(now: ports.clock.now)
    credentialsAskedAt = nil
    ports.keeper.wishes.post(.lookAgain)
  }

  private mutating func reconfigure(_ new: EngineSettings, _ descriptors: DescriptorBudget) {
    let former = settings.configuration.folders
    settings = new
    allowance.resize(descriptors: descriptors.contents)
    machine.settings = new.machine
    let stayed = new.configuration.folders.filter { folder in
      former.contains { $0.name == folder.name && $0.path == folder.path }
    }
    machine.keepAbsences(of: Set(stayed.map(\.name)))
    machine.letGo(ofFoldersBut: Set(stayed.map(\.name)))
    machine.forgetFolders(but: Set(new.configuration.folders.map(\.name)))
    machine.s3.resize(to: new.configuration.upload.concurrency)
    machine.dynamodb.resize(to: new.configuration.upload.concurrency)
    machine.s3.breaker.startOver(now: ports.clock.now)
    machine.dynamodb.breaker.startOver(now: ports.clock.now)
    requests.reconfigure(new)
    bandwidth.use(new.configuration.upload.bandwidthLimit, now: ports.clock.now)
    // What waited for its folder may have it again.
    backlog.mayHaveDue(ports.clock.wall())
    ports.followUps.ring("")
    ports.provider.use(new.configuration)
    remindOfBlocks()
    if let used = requests.credentials {
      ports.keeper.wishes.post(.refused(used))
    } else {
      ports.keeper.wishes.post(.lookAgain)
    }
  }
}
