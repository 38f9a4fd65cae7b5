import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Logging
import ServiceManager
import SystemSupport

/// Does in one folder what follows a delivery or a refusal: moves, deletes, writes receipts. Beside the engine and on the
/// folder's own thread, so that a folder that may only be read, or hangs, holds up nothing else; from the journal, so that
/// a crash forgets nothing.
package struct FollowUps: Sendable {
  let folder: Folder
  let services: FolderServices

  /// What moving files holds in one folder: the root, the directories that files go to, and for one file the folder's
  /// directory, the one that it is in, itself, and a directory that is being made.
  package static let descriptors = 1 + ProtectedDirectories.capacity + 4

  /// Tasks for one step of the folder's thread.
  private static let page = 64
  /// Without a signal and with nothing due.
  private static let longestPause = Duration.seconds(3600)
  /// A folder that does not answer is asked again so long after, unless it does before.
  private static let silencePause = Duration.seconds(15)

  /// Does everything that is due; when to look again, nil for never by itself.
  func doAllDue() async throws -> Timestamp? {
    let journal = services.journal
    do {
      while !Task.isCancelled {
        let (names, now) = (Set(services.settings().folders.map(\.name)), WallClock.now)
        var page = try await journal.errands(of: folder.name, dueBefore: now, limit: Self.page)
        // Of folders that are configured no more, in this very directory.
        if page.isEmpty {
          page = try await journal.errands(in: folder.path, otherThan: names, dueBefore: now, limit: Self.page)
        }
        if page.isEmpty {
          return try await journal.nextErrand(of: folder.name, orIn: folder.path, otherThan: names)
        }
        let tasks = page.map { FolderTask($0.errand, $0.delivery) }
        // Old notes first: what is refused once more gets its own name back.
        let notes = tasks.filter { $0.errand.kind == .tidy }
        let others = tasks.filter { $0.errand.kind != .tidy }
        guard try await carryOut(notes), try await carryOut(others) else { return WallClock.now + Self.silencePause }
      }
      return nil
    } catch JournalError.storageFull, JournalError.busy {
      return WallClock.now + JournalError.pause
    }
  }

  /// False where the folder does not answer: what was done there is found done the next time.
  private func carryOut(_ page: [FolderTask]) async throws -> Bool {
    if page.isEmpty { return true }
    let (journal, tables, register) = (services.journal, services.tables, services.register)
    let (runner, settings) = (folder.runner, services.settings())
    let planner = { @Sendable in ErrandPlanner(settings, register).plan(page) }
    guard let planned = await runner.perform(.followUp, planner) else { return false }
    try await note(planned.claims)
    if !planned.changes.isEmpty { _ = try await journal.commit(planned.changes) }
    let isAway = folder.status.map { !$0.available } ?? false
    let moments = ErrandMoments(now: WallClock.now, confirmed: services.confirmedTime())
    let work = { @Sendable in
      ErrandRunner(settings, tables: tables, register: register, moments: moments, isAway: isAway) {
        runner.activity.comeOn()
      }.run(planned.page)
    }
    guard let report = await runner.perform(.followUp, work) else { return false }
    _ = try await journal.commit(report.changes)
    for line in report.lines { services.logger.log(level: line.level, line.message, metadata: line.metadata) }
    services.display.showFollowUps(report.outcomes)
    return true
  }

  /// Before anything is put there: what stands in a place of ours is never delivered, whatever the settings are by then.
  private func note(_ claims: [PlaceRegister.Claim]) async throws {
    for claim in claims {
      try await services.journal.note([claim.place], in: claim.root, folder: claim.folder, at: WallClock.now)
    }
    services.register.noted(claims)
  }

  /// How long nothing is to be done, unless it rings.
  static func pause(until moment: Timestamp?) -> Duration {
    min(moment.map { max($0 - WallClock.now, .milliseconds(10)) } ?? longestPause, longestPause)
  }
}
