import ServiceLifecycle
import SystemSupport

/// A minute after log records were held back because they repeat, tells how many there were. Sleeps while there are none.
struct LogFlushService: Service {
  let withholding: AsyncStream<Void>
  let flush: @Sendable () -> Void

  private static let interval = Duration.seconds(60)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await _ in withholding {
        await Pause.last(Self.interval)
        flush()
      }
    }
    // A service that returns early would end the daemon; a stream that is done has nothing more to tell.
    try? await gracefulShutdown()
  }
}
