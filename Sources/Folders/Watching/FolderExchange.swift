import DeliveryModel
import Synchronization
import SystemSupport

/// What the thread of a folder that is watched, the supervisor and the callers of the watcher share.
final class FolderExchange: Sendable {
  /// Something for the folder's thread to do.
  enum Command: Sendable {
    /// The files of a batch that the receiver has.
    case accepted([SettledFile])
    case resettle(RelativePath, isNew: Bool)
    case rescan
    case take(RelativePath, answer: @Sendable (TakeOutcome) -> Void)
    case update(WatchedFolder)
    case checkRoot
    /// For tests: events as if the kernel had written them.
    case inject([UInt8])
    /// For tests: whether what the kernel writes is thrown away.
    case discard(Bool)
  }

  let runner: FolderRunner
  let services: WatchServices
  /// As first configured; what changes later comes by a command.
  let folder: WatchedFolder
  private let commands = Mutex<[Command]>([])
  private let published: Mutex<FolderWatchStatus>
  private let isWatching = Atomic(true)

  init(_ folder: WatchedFolder, _ runner: FolderRunner, _ services: WatchServices) {
    self.folder = folder
    self.runner = runner
    self.services = services
    published = Mutex(
      FolderWatchStatus(name: folder.name, path: folder.path, mode: folder.mode == .poll ? .poll : .inotify))
  }

  func post(_ command: Command) {
    commands.withLock { $0.append(command) }
    runner.wake.signal()
  }

  func takeCommands() -> [Command] {
    commands.withLock { commands in
      defer { commands = [] }
      return commands
    }
  }

  /// Set by the folder's thread; while that hangs, what it said last.
  var status: FolderWatchStatus {
    get {
      var status = published.withLock { $0 }
      if let since = runner.activity.silentSince { status.presence = .silent(since: since) }
      status.readingSilentSince = runner.reading.silentSince
      return status
    }
    set { published.withLock { $0 = newValue } }
  }

  /// The folder's thread watches it no more. It was told so at its last command, or never heard of it.
  func hasEnded() { isWatching.store(false, ordering: .releasing) }

  var isEnded: Bool { !isWatching.load(ordering: .acquiring) }
}
