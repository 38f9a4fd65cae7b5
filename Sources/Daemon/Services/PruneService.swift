import DeliveryJournal
import DeliveryModel
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Once a day: forgets finished deliveries older than `history`, a few at a time. What a scan needs to know a file by is
/// kept as long as the file may be there.
struct PruneService: Service {
  let journal: Journal
  let history: Duration
  let logger: Logger

  private static let interval = Duration.seconds(86_400)
  private static let batch = 500

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.interval)
        if !Task.isCancelled { await prune() }
      }
    }
  }

  private func prune() async {
    let limit = WallClock.now + (.zero - history)
    do {
      var position: Journal.PrunePosition?
      repeat {
        let step = try await journal.prune(before: limit, limit: Self.batch, from: position)
        position = step.next
      } while position != nil && !Task.isCancelled
    } catch {
      logger.warning("old entries of the journal could not be removed: \(error)", metadata: [LogKey.code: "prune"])
    }
  }
}
