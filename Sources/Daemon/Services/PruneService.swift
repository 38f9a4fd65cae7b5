import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Looks after the journal while the daemon works. Soon after the start and once a day: forgets finished deliveries older
/// than `history`, a few at a time; what a scan needs to know a file by is kept as long as the file may be there.
struct PruneService: Service {
  let journal: Journal
  let settings: SettingsInForce
  /// Hears how many refused deliveries were removed.
  let removedRejected: @Sendable (Int) -> Void
  let logger: Logger

  /// The start belongs to the files.
  private static let firstDelay = Duration.seconds(300)
  private static let interval = Duration.seconds(86_400)
  private static let batch = 200
  /// Between two batches, so that commits come first.
  private static let rest = Duration.milliseconds(50)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await Pause.last(Self.firstDelay)
      while !Task.isCancelled {
        await prune()
        await Pause.last(Self.interval)
      }
    }
  }

  private func prune() async {
    let limit = WallClock.now + (.zero - settings.value.configuration.journal.history)
    do {
      var position: Journal.PrunePosition?
      repeat {
        let step = try await journal.prune(before: limit, limit: Self.batch, from: position)
        position = step.next
        if step.rejected > 0 { removedRejected(step.rejected) }
        await Pause.last(Self.rest)
      } while position != nil && !Task.isCancelled
    } catch {
      logger.warning("old entries of the journal could not be removed: \(error)", metadata: [LogKey.code: "prune"])
    }
  }
}
