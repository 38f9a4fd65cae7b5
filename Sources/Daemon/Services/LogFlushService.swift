import ServiceLifecycle

/// Once a minute: tells of log records that were held back because they repeat.
struct LogFlushService: Service {
  let flush: @Sendable () -> Void

  private static let interval = Duration.seconds(60)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.interval)
        flush()
      }
    }
  }
}
