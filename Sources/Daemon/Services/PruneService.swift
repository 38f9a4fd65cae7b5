import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Bounds the journal while the daemon works. Soon after the start and once a day it forgets finished deliveries older than
/// `history`, a few at a time. What a scan needs to know a file by is kept as long as the file is there. Beyond `size` the
/// history is kept for a shorter time, which the status says.
struct PruneService: Service {
  let journal: Journal
  /// How long the history is kept, and how large the journal may become, by the settings in force.
  let bounds: @Sendable () -> JournalSettings
  /// Which of these deliveries' files are certainly gone; those of folders of which nothing is certain are left out.
  let gone: @Sendable ([Delivery]) async -> [Int64]
  /// Hears how many refused deliveries were removed.
  let removedRejected: @Sendable (Int) -> Void
  /// Hears how long the history is kept where that is not as long as configured.
  let show: @Sendable (JournalHistory) -> Void
  let logger: Logger
  var clock: @Sendable () -> Timestamp = { WallClock.now }
  /// Between two batches, so that commits come first.
  var rest = Duration.milliseconds(50)

  /// The start belongs to the files.
  private static let firstDelay = Duration.seconds(300)
  private static let interval = Duration.seconds(86_400)
  private static let batch = 200
  /// However large the journal is: what arrived in the last week can be listed.
  static let shortestHistory = Duration.seconds(7 * 86_400)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      try? await tell()
      await Pause.last(Self.firstDelay)
      while !Task.isCancelled {
        await prune()
        await Pause.last(Self.interval)
      }
    }
  }

  func prune() async {
    do {
      try await forget(before: clock() + (.zero - bounds().history), after: .beginning)
      try await shorten()
      try await tell()
    } catch {
      logger.warning("old entries of the journal could not be removed: \(error)", metadata: [LogKey.code: "prune"])
    }
  }

  /// Keeps less and less of the history until the journal has room for a while.
  private func shorten() async throws {
    let (history, size) = (bounds().history, bounds().historySize)
    guard try await journal.bytesInUse() > size else { return }
    var kept = history
    if let since = try await journal.historySince() { kept = min(max(clock() - since, Self.shortestHistory), kept) }
    var position = Journal.HistoryPosition.beginning
    while try await journal.bytesInUse() > size / 10 * 9, kept > Self.shortestHistory, !Task.isCancelled {
      kept = max(kept * 0.75, Self.shortestHistory)
      let moment = clock() + (.zero - kept)
      // First: a crash in between must not leave a history that is shorter than the status says.
      try await journal.noteHistory(since: moment)
      try await forget(before: moment, after: position)
      // What is older was looked at just now.
      position = Journal.HistoryPosition(from: moment)
    }
  }

  private func forget(before moment: Timestamp, after start: Journal.HistoryPosition) async throws {
    var pass: Journal.PrunePosition?
    repeat {
      let step = try await journal.prune(before: moment, limit: Self.batch, from: pass)
      pass = step.next
      if step.rejected > 0 { removedRejected(step.rejected) }
      await Pause.last(rest)
    } while pass != nil && !Task.isCancelled
    var position: Journal.HistoryPosition? = start
    while let last = position, !Task.isCancelled {
      let found = try await journal.delivered(before: moment, after: last, limit: Self.batch)
      let numbers = await gone(found.deliveries)
      try await journal.forget(gone: numbers, before: moment)
      position = found.next
      await Pause.last(rest)
    }
  }

  private func tell() async throws {
    let bounds = bounds()
    let whole = clock() + (.zero - bounds.history)
    let since = try await journal.historySince().flatMap { $0 > whole ? $0 : nil }
    show(JournalHistory(bytes: try await journal.bytesInUse(), limit: bounds.historySize, since: since))
  }
}

/// How much of the past the journal holds.
struct JournalHistory: Sendable, Equatable {
  /// What it takes now.
  var bytes: Int64
  /// What it may take.
  var limit: Int64
  /// Since when it is whole, where it had to be shortened for the journal's size.
  var since: Timestamp?
}
