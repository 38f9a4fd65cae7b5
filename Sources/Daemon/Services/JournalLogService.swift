import DeliveryJournal
import Logging
import ServiceLifecycle
import ServiceManager
import Status
import SystemSupport

/// Watches over the size of the journal's write-ahead log. A reader that keeps an old state open keeps it from being
/// written back, and it grows with every commit: somebody is told, once, and when the reader has gone it is cut.
struct JournalLogService: Service {
  let journal: Journal
  /// Receives something after a commit that left the log too large.
  let grown: Mailbox<Void>
  let board: StatusBoard
  let logger: Logger

  /// Between two looks while it is too large.
  private static let interval = Duration.seconds(3)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        _ = await grown.take()
        await shrink()
      }
    }
  }

  /// A storage that fails is the engine's to tell.
  private func shrink() async {
    var isTold = false
    journal.interruptCheck()
    while !Task.isCancelled, let size = try? await journal.shrinkLog(), size > Journal.logBound {
      if !isTold { tell(size) }
      isTold = true
      await Pause.last(Self.interval)
    }
    guard isTold, !Task.isCancelled else { return }
    board.showJournal(problem: nil)
    logger.notice("the journal's log could be written back and was cut", metadata: id(.unblocked))
  }

  private func tell(_ size: Int64) {
    let problem = "another program keeps an old state of the journal open, and its log grows (\(size >> 20) MiB)"
    board.showJournal(problem: problem)
    logger.warning(
      """
      \(problem); deliveries go on. End that program, such as an open sqlite3 session or a stopped s3loggerd command: \
      fuser -v \(journal.path)
      """, metadata: id(.journalLogGrows))
  }

  private func id(_ messageID: MessageID) -> Logger.Metadata { [LogKey.messageID: messageID.metadataValue] }
}
