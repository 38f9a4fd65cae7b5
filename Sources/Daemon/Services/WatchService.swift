import DropWatch
import ServiceLifecycle

/// The watcher as a service: the first to end, so that nothing new comes in while the rest finishes.
struct WatchService: Service {
  let watcher: DropWatcher

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do { try await watcher.run() } catch is CancellationError {}
    }
  }
}
