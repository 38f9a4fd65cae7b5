import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Logging
import ServiceLifecycle
import ServiceManager
import Status
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
  /// The services' time; nil while none has told it since the start. Nothing is removed then: our own clock may be wrong by
  /// years.
  let confirmed: @Sendable () -> Timestamp?
  /// Between two batches, so that commits come first.
  var rest = Duration.milliseconds(50)

  /// The start belongs to the files.
  private static let firstDelay = Duration.seconds(300)
  private static let interval = Duration.seconds(86_400)
  /// Until a service is heard.
  private static let confirmationPause = Duration.seconds(3600)
  private static let batch = 200
  /// However large the journal is: what arrived in the last week can be listed.
  static let shortestHistory = Duration.seconds(7 * 86_400)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      try? await tell()
      await Pause.last(Self.firstDelay)
      var isToldOfClock = false
      while !Task.isCancelled {
        guard let now else {
          if !isToldOfClock { tellUnconfirmed() }
          isToldOfClock = true
          try? await tell(isHeld: true)
          await Pause.last(Self.confirmationPause)
          continue
        }
        await prune(now)
        await Pause.last(Self.interval)
      }
    }
  }

  /// The earlier of what the machine and the services say; nil where that is not known.
  var now: Timestamp? { confirmed().map { min($0, clock()) } }

  func prune(_ now: Timestamp) async {
    do {
      try await forget(before: now + (.zero - bounds().history), after: .beginning)
      try await shorten(now)
      try await tell()
    } catch {
      logger.warning("old entries of the journal could not be removed: \(error)", metadata: [LogKey.code: "prune"])
    }
  }

  /// Keeps less and less of the history until the journal has room for a while.
  private func shorten(_ now: Timestamp) async throws {
    let (history, size) = (bounds().history, bounds().historySize)
    guard try await journal.bytesInUse() > size else { return }
    var kept = history
    if let since = try await journal.historySince() { kept = min(max(now - since, Self.shortestHistory), kept) }
    var position = Journal.HistoryPosition.beginning
    while try await journal.bytesInUse() > size / 10 * 9, kept > Self.shortestHistory, !Task.isCancelled {
      kept = max(kept * 0.75, Self.shortestHistory)
      let moment = now + (.zero - kept)
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
    try await forgetLedger(before: moment)
    var position: Journal.HistoryPosition? = start
    while let last = position, !Task.isCancelled {
      let found = try await journal.delivered(before: moment, after: last, limit: Self.batch)
      // By the services' clock: ours may have been wrong when it was delivered.
      let old = found.deliveries.filter { $0.receipt.map { $0.uploaded < moment } ?? true }
      let numbers = await gone(old)
      try await journal.forget(gone: numbers, before: moment)
      position = found.next
      await Pause.last(rest)
    }
  }

  /// The custody ledger's lines, of days that the bucket has.
  private func forgetLedger(before moment: Timestamp) async throws {
    while try await journal.pruneCustody(before: moment, limit: Self.batch), !Task.isCancelled {
      await Pause.last(rest)
    }
  }

  private func tellUnconfirmed() {
    logger.notice(
      """
      finished deliveries are kept beyond their time: no service has confirmed this machine's clock since the start. They are \
      removed once one has
      """, metadata: [LogKey.code: "prune"])
  }

  private func tell(isHeld: Bool = false) async throws {
    let bounds = bounds()
    let whole = clock() + (.zero - bounds.history)
    let since = try await journal.historySince().flatMap { $0 > whole ? $0 : nil }
    show(JournalHistory(bytes: try await journal.bytesInUse(), limit: bounds.historySize, since: since, isHeld: isHeld))
  }
}
