import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
@preconcurrency import Dispatch
import DropWatch
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Does in the folders what follows a delivery or a refusal: moves, deletes, writes receipts. Beside the engine, so that
/// a folder that may only be read, or hangs, holds up no delivery; from the journal, so that a crash forgets nothing.
struct FolderCare: Service {
  let journal: Journal
  let bell: FolderCareBell
  let settings: SharedSettings
  let board: StatusBoard
  let watched: @Sendable () -> [FolderWatchStatus]
  let logger: Logger
  private let tables = KnownTables()
  private let register: PlaceRegister
  private let queue = DispatchQueue(label: "s3loggerd.folders")

  init(
    journal: Journal, bell: FolderCareBell, settings: SharedSettings, board: StatusBoard,
    watched: @escaping @Sendable () -> [FolderWatchStatus], logger: Logger
  ) {
    self.journal = journal
    register = PlaceRegister(journal)
    self.bell = bell
    self.settings = settings
    self.board = board
    self.watched = watched
    self.logger = logger
  }

  private static let page = 128
  /// Without a ring and with nothing due.
  private static let longestPause = Duration.seconds(3600)

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        let rung = bell.count
        let next = try await workThrough()
        bell.serve(rung)
        board.touch()
        await wait(until: next)
      }
    }
  }

  /// Does everything that is due; when to look again, nil for never by itself.
  private func workThrough() async throws -> Timestamp? {
    do {
      while !Task.isCancelled {
        let page = try await journal.errands(dueBefore: WallClock.now, limit: Self.page)
        if page.isEmpty { return try await journal.nextErrand() }
        let tasks = page.map { FolderTask($0.errand, $0.delivery) }
        // Old notes first: what is refused once more gets its own name back.
        try await carryOut(tasks.filter { $0.errand.kind == .tidy })
        try await carryOut(tasks.filter { $0.errand.kind != .tidy })
      }
      return nil
    } catch JournalError.storageFull, JournalError.busy {
      return WallClock.now + JournalError.pause
    }
  }

  private func carryOut(_ page: [FolderTask]) async throws {
    if page.isEmpty { return }
    let settings = settings.value
    let planned = await onQueue { ErrandPlanner(settings.configuration, register).plan(page) }
    try await note(planned.claims)
    if !planned.changes.isEmpty { _ = try await journal.commit(planned.changes) }
    let away = Set(watched().filter { !$0.available }.map(\.name))
    let report = await onQueue {
      ErrandRunner(settings, tables: tables, register: register, now: WallClock.now, away: away).run(planned.page)
    }
    _ = try await journal.commit(report.changes)
    for line in report.lines { logger.log(level: line.level, line.message, metadata: line.metadata) }
    for (folder, trouble) in report.troubles { board.showFolder(folder, trouble: trouble) }
  }

  /// Before anything is put there: what stands in a place of ours is never delivered, whatever the settings are by then.
  private func note(_ claims: [PlaceRegister.Claim]) async throws {
    for claim in claims {
      try await journal.note([claim.place], in: claim.root, folder: claim.folder, at: WallClock.now)
    }
    register.noted(claims)
  }

  private func onQueue<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
  }

  private func wait(until moment: Timestamp?) async {
    let pause = min(moment.map { max($0 - WallClock.now, .milliseconds(10)) } ?? Self.longestPause, Self.longestPause)
    await bell.wait(pause)
  }
}
