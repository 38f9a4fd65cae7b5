import Folders
import ServiceLifecycle
import SystemSupport

/// The watcher as a service: the first to end, so that nothing new comes in while the rest finishes.
struct WatchService: Service {
  let watcher: DropWatcher

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        try await watcher.run()
      } catch is CancellationError {
        // Unless we are asked to end: the engine has let go, and its own failure is the one to be told.
        await Pause.last(.seconds(10))
      }
    }
  }
}

/// What follows deliveries in the folders, as a service: it ends before the engine, which tells it what to do.
struct FollowUpService: Service {
  let folders: FolderSet
  let services: FolderServices

  func run() async throws {
    try await cancelWhenGracefulShutdown { try await folders.followUp(services) }
  }
}

/// The folders' pages as a service: after the shutdown of all else each says that nothing is delivered now.
struct PageService: Service {
  let folders: FolderSet
  let services: FolderServices

  func run() async throws {
    try await cancelWhenGracefulShutdown { try await folders.keepPages(services) }
    await folders.sayStopped(services)
  }
}
