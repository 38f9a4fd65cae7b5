package import ConfiguredClients
package import DeliveryModel
package import Folders
package import HTTPTransport
import Synchronization
package import SystemSupport

/// Everything outside that the engine's loop acts on or asks.
package struct EnginePorts: Sendable {
  let events: Mailbox<EngineEvent>
  let journal: JournalService
  let transport: CurlTransport
  let readers: FileReaders
  let marks: CrashMarks?
  let keeper: CredentialKeeper
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
    events: Mailbox<EngineEvent>, journal: JournalService, transport: CurlTransport, readers: FileReaders,
    marks: CrashMarks?, keeper: CredentialKeeper, provider: ConfiguredCredentials, alarm: Alarm, clock: EngineClock,
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

/// The clocks, so that a test can hold them.
package struct EngineClock: Sendable {
  var wall: @Sendable () -> Timestamp
  var monotonic: @Sendable () -> ContinuousClock.Instant
  /// The local time of day at a moment, in seconds.
  var secondOfDay: @Sendable (Timestamp) -> Int = { LocalTime.secondOfDay(at: $0) }

  let service: ServiceClock

  package init(
    wall: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> ContinuousClock.Instant,
    service: ServiceClock
  ) {
    self.wall = wall
    self.monotonic = monotonic
    self.service = service
  }

  var now: ContinuousClock.Instant { monotonic() }
}

/// Proof of life: beats when a loop has come round to answering.
package final class Pulse: Sendable {
  private let count = Atomic<UInt64>(0)

  package init() {}

  package func beat() { count.add(1, ordering: .relaxed) }

  package var beats: UInt64 { count.load(ordering: .relaxed) }
}
