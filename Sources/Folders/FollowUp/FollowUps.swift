import DaemonConfiguration
package import DeliveryJournal
import DeliveryModel
package import Logging
import ServiceManager
import SystemSupport

/// Does in each folder what follows a delivery or a refusal: moves, deletes, writes receipts. Beside the engine and on the
/// folder's own thread, so that a folder that may only be read, or hangs, holds up nothing else; from the journal, so that
/// a crash forgets nothing.
package struct FollowUps: Sendable {
  package let signals: FolderSignals
  let journal: Journal
  let settings: @Sendable () -> ConfiguredFolders
  let display: any FolderDisplay
  let runners: FolderRunners
  let watched: @Sendable () -> [FolderWatchStatus]
  let logger: Logger

  package init(
    journal: Journal, signals: FolderSignals, settings: @escaping @Sendable () -> ConfiguredFolders,
    display: any FolderDisplay, runners: FolderRunners, watched: @escaping @Sendable () -> [FolderWatchStatus],
    logger: Logger
  ) {
    self.journal = journal
    self.signals = signals
    self.settings = settings
    self.display = display
    self.runners = runners
    self.watched = watched
    self.logger = logger
  }

  /// What moving files holds in one folder: the root, the directories that files go to, and for one file the folder's
  /// directory, the one that it is in, itself, and a directory that is being made.
  package static let descriptors = 1 + ProtectedDirectories.capacity + 4

  /// Tasks for one step of the folder's thread.
  private static let page = 64
  /// Without a signal and with nothing due.
  private static let longestPause = Duration.seconds(3600)
  /// A folder that does not answer is asked again so long after, unless it does before.
  private static let silencePause = Duration.seconds(15)

  /// Until the task is cancelled.
  package func run() async throws {
    let (tables, register) = (KnownTables(), PlaceRegister(journal))
    try await FolderTasks(runners: runners).run { runner in
      let signal = signals.signal(of: runner.folder)
      while !Task.isCancelled {
        let rung = signal.count
        let next = try await workThrough(runner, tables, register)
        signal.serve(rung)
        display.touch()
        await wait(for: signal, until: next)
      }
      if runners.runner(of: runner.folder) == nil { signals.forget(runner.folder) }
    }
  }

  /// Does everything that is due; when to look again, nil for never by itself.
  private func workThrough(
    _ runner: FolderRunner, _ tables: KnownTables, _ register: PlaceRegister
  ) async throws -> Timestamp? {
    do {
      while !Task.isCancelled {
        let (names, now) = (Set(settings().folders.map(\.name)), WallClock.now)
        var page = try await journal.errands(of: runner.folder, dueBefore: now, limit: Self.page)
        // Of folders that are configured no more, in this very directory.
        if page.isEmpty {
          page = try await journal.errands(in: runner.path, otherThan: names, dueBefore: now, limit: Self.page)
        }
        if page.isEmpty {
          return try await journal.nextErrand(of: runner.folder, orIn: runner.path, otherThan: names)
        }
        let tasks = page.map { FolderTask($0.errand, $0.delivery) }
        // Old notes first: what is refused once more gets its own name back.
        let notes = tasks.filter { $0.errand.kind == .tidy }
        let others = tasks.filter { $0.errand.kind != .tidy }
        guard try await carryOut(notes, runner, tables, register),
          try await carryOut(others, runner, tables, register)
        else {
          return WallClock.now + Self.silencePause
        }
      }
      return nil
    } catch JournalError.storageFull, JournalError.busy {
      return WallClock.now + JournalError.pause
    }
  }

  /// False where the folder does not answer: what was done there is found done the next time.
  private func carryOut(
    _ page: [FolderTask], _ runner: FolderRunner, _ tables: KnownTables, _ register: PlaceRegister
  ) async throws -> Bool {
    if page.isEmpty { return true }
    let settings = settings()
    let planner = { @Sendable in ErrandPlanner(settings, register).plan(page) }
    guard let planned = await runner.perform(.followUp, planner) else { return false }
    try await note(planned.claims, register)
    if !planned.changes.isEmpty { _ = try await journal.commit(planned.changes) }
    let isAway = watched().contains { $0.name == runner.folder && !$0.available }
    let work = { @Sendable in
      ErrandRunner(settings, tables: tables, register: register, now: WallClock.now, isAway: isAway) {
        runner.activity.comeOn()
      }.run(planned.page)
    }
    guard let report = await runner.perform(.followUp, work) else { return false }
    _ = try await journal.commit(report.changes)
    for line in report.lines { logger.log(level: line.level, line.message, metadata: line.metadata) }
    display.showFollowUps(report.outcomes)
    return true
  }

  /// Before anything is put there: what stands in a place of ours is never delivered, whatever the settings are by then.
  private func note(_ claims: [PlaceRegister.Claim], _ register: PlaceRegister) async throws {
    for claim in claims {
      try await journal.note([claim.place], in: claim.root, folder: claim.folder, at: WallClock.now)
    }
    register.noted(claims)
  }

  private func wait(for signal: WorkSignal, until moment: Timestamp?) async {
    let pause = min(moment.map { max($0 - WallClock.now, .milliseconds(10)) } ?? Self.longestPause, Self.longestPause)
    await signal.wait(pause)
  }
}
