import DeliveryModel
import Synchronization
import SystemSupport

/// What the supervisor, the folders' threads and the callers of a watcher share.
final class WatchExchange: Sendable {
  /// The supervisor's proof of life.
  let beacon: ProgressBeacon
  let wallClock: @Sendable () -> Timestamp
  private let wake: WakeUp
  private let sources = Mutex<[EventSource]>([])
  private let stopping = Atomic(false)

  /// `wake` ends the supervisor's wait.
  init(wake: WakeUp, wallClock: @escaping @Sendable () -> Timestamp) {
    self.wake = wake
    self.wallClock = wallClock
    beacon = ProgressBeacon(name: "folder supervisor", wake: wake)
  }

  var isStopping: Bool { stopping.load(ordering: .acquiring) }

  /// Ends the supervisor, soon.
  func stop() {
    stopping.store(true, ordering: .releasing)
    wake.signal()
  }

  func register(_ source: EventSource) {
    sources.withLock { $0.append(source) }
    wake.signal()
  }

  /// Its descriptor is closed when the supervisor no longer waits for it.
  func unregister(_ source: EventSource) {
    sources.withLock { $0.removeAll { $0 === source } }
    wake.signal()
  }

  var currentSources: [EventSource] { sources.withLock { $0 } }
}
