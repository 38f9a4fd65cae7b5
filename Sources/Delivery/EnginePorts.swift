package import AWSSigning
package import ConfiguredClients
package import ControlSocket
package import DeliveryJournal
package import DeliveryModel
package import Folders
package import HTTPTransport
import Synchronization
package import SystemSupport

/// Everything outside that the engine's loop acts on or asks.
package struct EnginePorts: Sendable {
  let events: Mailbox<EngineEvent>
  let journal: JournalPort
  let transport: CurlTransport
  let readers: FileReaders
  let marks: CrashMarks?
  let keeper: CredentialRefresher
  let provider: ConfiguredCredentials
  let alarm: Alarm
  let clock: EngineClock
  let descriptors: DescriptorBudget
  let log: EngineLog
  /// Shows the state to whoever reports it.
  let show: @Sendable (EngineView) -> Void
  let metrics: DeliveryMetrics
  let pulse: Pulse
  /// Does in the folders what follows a delivery.
  let followUps: FolderSet
  /// What the last upload that was to find it out showed about the server.
  let checksumFinding: ChecksumFinding?
  /// What somebody was told to be blocked by a run before this one.
  let unresolved: Set<String>
  /// Tells somebody what the journal cannot hold.
  let alertNow: @Sendable (AlertNotice) -> Void
  /// Asks the service manager for that much more time to stop.
  let extendStop: @Sendable (Duration) -> Void
  /// 0 ..< 1, for jitter.
  let random: @Sendable () -> Double
  /// Lets the watcher judge a file again.
  let resettle: @Sendable (SettledFile) -> Void

  package init(
    events: Mailbox<EngineEvent>, journal: JournalPort, transport: CurlTransport, readers: FileReaders,
    marks: CrashMarks?, keeper: CredentialRefresher, provider: ConfiguredCredentials, alarm: Alarm, clock: EngineClock,
    descriptors: DescriptorBudget, log: EngineLog, show: @escaping @Sendable (EngineView) -> Void,
    metrics: DeliveryMetrics, pulse: Pulse, followUps: FolderSet, checksumFinding: ChecksumFinding?,
    unresolved: Set<String>, alertNow: @escaping @Sendable (AlertNotice) -> Void,
    extendStop: @escaping @Sendable (Duration) -> Void, random: @escaping @Sendable () -> Double,
    resettle: @escaping @Sendable (SettledFile) -> Void
  ) {
    self.events = events
    self.journal = journal
    self.transport = transport
    self.readers = readers
    self.marks = marks
    self.keeper = keeper
    self.provider = provider
    self.alarm = alarm
    self.clock = clock
    self.descriptors = descriptors
    self.log = log
    self.show = show
    self.metrics = metrics
    self.pulse = pulse
    self.followUps = followUps
    self.checksumFinding = checksumFinding
    self.unresolved = unresolved
    self.alertNow = alertNow
    self.extendStop = extendStop
    self.random = random
    self.resettle = resettle
  }
}

/// Proof of life: beats when a loop has come round to answering.
package final class Pulse: Sendable {
  private let count = Atomic<UInt64>(0)

  package init() {}

  package func beat() { count.add(1, ordering: .relaxed) }

  package var beats: UInt64 { count.load(ordering: .relaxed) }
}

/// What reaches the engine's loop; it takes all that has arrived as one batch.
package enum EngineEvent: Sendable {
  /// The watcher hands over settled files; the continuation is resumed once they are in the journal.
  case settled([SettledFile], CheckedContinuation<Void, any Error>)
  case hashed([HashedFile])
  /// A part of a large file that is being read.
  case readAhead(ReadPart)
  case answered([HTTPCompletion])
  case committed([JournalChange], numbers: [Int64])
  /// The disk is full, or somebody else holds the database: nothing of the batch was written; it is tried again.
  case notCommitted([JournalChange], reason: String)
  case loaded(DueRequest, [Delivery], nextDue: Timestamp?)
  /// Somebody else holds the database: it is asked again.
  case notLoaded(DueRequest, reason: String)
  case credentials(AWSCredentials)
  case credentialsFailed(ServiceFailure)
  /// The watching of a folder says whether it is there and answers.
  case folder(String, isThere: Bool)
  /// A deadline has passed.
  case alarm
  /// An operator asks for these deliveries to be due now, and hears when they are.
  case retry(RetryRequest, Reply<RetryOutcome>)
  /// They are; these had been set aside, and are as they were before.
  case retried([Delivery])
  /// An operator wants no more of these deliveries.
  case dismiss([Int64], Reply<DismissalOutcome>)
  /// These were asked for; those of them that could be are ended, and are here as they were before.
  case dismissed([Int64], [Delivery])
  /// Somebody wants to know what is worked on.
  case describe(Reply<[WorkUnderWay]>)
  /// The settings changed (SIGHUP).
  case reconfigured(EngineSettings, DescriptorBudget)
  /// So many old ones that were refused are no longer in the journal.
  case removed(rejected: Int)
  /// Proof of life is wanted.
  case ping
  /// End what is under way within the bound, start nothing.
  case stop
  /// Who handed over files wants to end.
  case letGo
}

/// The result of reading one file.
package struct HashedFile: Sendable {
  var number: Int64
  var outcome: HashOutcome
  /// The bytes, or the open descriptor, that the requests will send.
  var content: FileContent?
}

/// What the engine shows of itself whenever it may have changed.
package struct EngineView: Sendable {
  package var counters: QueueCounters
  package var s3: ServiceCondition
  package var dynamodb: ServiceCondition
  package var credentialFailure: (failure: ServiceFailure, since: Timestamp)?
  package var problem: String?
  /// By number, the deliveries that are refused, or not confirmed, while the service does its work for others.
  package var alone: [Int64: DeliveryMachine.Alone] = [:]
  /// Whether nothing is held in memory and nothing waits for the journal.
  package var isIdle: Bool
  /// Folders of which not every file of before this journal is asked for in the table.
  package var sampled: Set<String> = []
  /// How often deliveries that were set aside became open again.
  package var reopened = 0
}

/// The answer that somebody waits for. Whoever drops it unanswered tells that there will be none.
package final class Reply<Value: Sendable>: Sendable {
  private let waiter: Mutex<CheckedContinuation<Value, any Error>?>

  init(_ waiter: CheckedContinuation<Value, any Error>) {
    self.waiter = Mutex(waiter)
  }

  deinit { give(.failure(CancellationError())) }

  /// The first answer counts.
  func give(_ answer: Result<Value, any Error>) {
    waiter.withLock { $0.take() }?.resume(with: answer)
  }
}
