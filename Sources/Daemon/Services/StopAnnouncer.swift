import Delivery
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// The first to hear of a shutdown: tells systemd, and asks for the time that the engine may take.
struct StopAnnouncer: Service {
  let notifier: any ServiceNotifier
  let marks: CrashMarks?
  let logger: Logger

  /// What the rest of the end may take.
  static let rest = Duration.seconds(10)

  func run() async throws {
    try? await gracefulShutdown()
    marks?.stopping()
    notifier.stopping(status: "stopping: uploads under way may finish; the rest stays in the queue")
    notifier.extendTimeout(by: ShutdownProgress.stallBound + Self.rest)
    logger.notice(
      "stopping; what is not delivered stays in the queue",
      metadata: [LogKey.messageID: MessageID.stopping.metadataValue])
  }
}
