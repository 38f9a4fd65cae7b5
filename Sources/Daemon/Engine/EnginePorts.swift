import DeliveryModel
import Folders
import HTTPTransport
import Synchronization
import SystemSupport

/// Everything outside that the engine's loop acts on or asks.
struct EnginePorts: Sendable {
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
  let board: StatusBoard
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
}

/// The clocks, so that a test can hold them.
struct EngineClock: Sendable {
  var wall: @Sendable () -> Timestamp
  var monotonic: @Sendable () -> ContinuousClock.Instant
  /// The local time of day at a moment, in seconds.
  var secondOfDay: @Sendable (Timestamp) -> Int = { LocalTime.secondOfDay(at: $0) }

  let service: ServiceClock

  var now: ContinuousClock.Instant { monotonic() }
}

/// Proof of life: beats when a loop has come round to answering.
package final class Pulse: Sendable {
  private let count = Atomic<UInt64>(0)

  package init() {}

  package func beat() { count.add(1, ordering: .relaxed) }

  package var beats: UInt64 { count.load(ordering: .relaxed) }
}
