import DropWatch
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
