import DeliveryModel
import Synchronization
import SystemSupport

/// What the threads and the callers of a watcher share. Each thread looks here after it was woken.
final class WatchExchange: Sendable {
  /// Something for a folder's worker to do.
  enum Command: Sendable {
    case accepted([SettledFile])
    case resettle(folder: String, RelativePath)
    case rescan(folder: String?)
    case update([WatchedFolder])
    case take(folder: String, RelativePath, answer: @Sendable (TakeOutcome) -> Void)
    case checkRoots
    /// For tests: events as if the kernel had written them.
    case inject(folder: String, [UInt8])
    /// For tests: whether what the kernel writes is thrown away.
    case discard(folder: String, Bool)
  }

  let workerWake: WakeUp
  let readerWake: WakeUp
  let workerBeacon: ProgressBeacon
  let readerBeacon: ProgressBeacon
  private let commands = Mutex<[Command]>([])
  private let sources = Mutex<[EventSource]>([])
  private let published = Mutex<[FolderWatchStatus]>([])
  private let stopping = Atomic(false)

  init() throws(SystemCallError) {
    workerWake = try WakeUp()
    readerWake = try WakeUp()
    workerBeacon = ProgressBeacon(name: "folder scanner", wake: workerWake)
    readerBeacon = ProgressBeacon(name: "folder event reader", wake: readerWake)
  }

  var isStopping: Bool { stopping.load(ordering: .acquiring) }

  /// Ends both threads, soon.
  func stop() {
    stopping.store(true, ordering: .releasing)
    workerWake.signal()
    readerWake.signal()
  }

  func post(_ command: Command) {
    commands.withLock { $0.append(command) }
    workerWake.signal()
  }

  func takeCommands() -> [Command] {
    commands.withLock { commands in
      defer { commands = [] }
      return commands
    }
  }

  func register(_ source: EventSource) {
    sources.withLock { $0.append(source) }
    readerWake.signal()
  }

  /// Its descriptor is closed when the reader no longer waits for it.
  func unregister(_ source: EventSource) {
    sources.withLock { $0.removeAll { $0 === source } }
    readerWake.signal()
  }

  var currentSources: [EventSource] { sources.withLock { $0 } }

  var status: [FolderWatchStatus] {
    get { published.withLock { $0 } }
    set { published.withLock { $0 = newValue } }
  }
}
