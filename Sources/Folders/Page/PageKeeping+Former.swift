import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Logging
import ServiceManager
import SystemSupport

/// Pages as the journal knows them: each is noted before it is written for the first time, so that it is never delivered,
/// whatever the settings are by then; and each that is kept no longer says so and goes.
extension PageKeeping {
  /// Notes the page of a folder. Returns why that could not be done.
  func note(_ settings: FolderSettings, _ executor: some FolderExecutor) async -> SystemCallError? {
    let found = await executor.perform { () -> FolderRoot? in
      guard let root = try? RootDirectory(settings.path), let seen = try? root.seen() else { return nil }
      // A page of somebody else is not ours by our wish.
      return (try? root.holderOfPage(FolderSettings.page.bytes)) == .others ? nil : seen
    }
    guard let found, let seen = found, folder.page.noted != seen else { return nil }
    do {
      try await services.journal.note(
        [OwnPlace(.page, FolderSettings.page)], in: seen, folder: settings.name, at: WallClock.now)
      folder.page.noted = seen
      return nil
    } catch {
      return .noJournal
    }
  }

  /// Looks after the page that a folder keeps no longer. When to look again; nil for never.
  func tendFormer(_ settings: FolderSettings, _ executor: some FolderExecutor) async -> Timestamp? {
    let now = WallClock.now
    do {
      return try await tend(FormerPage(folder: settings), executor, now)
    } catch {
      services.logger.warning(
        "folder \(settings.name): the page that is no longer kept still stands there: \(error)",
        metadata: [LogKey.code: "folder"])
      return now + Self.formerPause
    }
  }

  /// What could not be done about a former page is tried again so long after.
  private static let formerPause = Duration.seconds(60)

  private func tend(
    _ former: FormerPage, _ executor: some FolderExecutor, _ now: Timestamp
  ) async throws -> Timestamp? {
    let found = await executor.perform { [journal = services.journal] in Result { try former.past(journal) } }
    // A folder that is not there may have one.
    guard case .success(let known)? = found else { return now + Self.formerPause }
    guard let past = known else { return nil }
    if past.ended == nil {
      try await services.journal.endPage(in: past.root, at: now)
      if folder.page.noted == past.root { folder.page.noted = nil }
    }
    let ended = past.ended ?? now
    guard let done = await executor.perform({ Result { try former.tend(ended: ended, now: now) } }) else {
      return now + Self.formerPause
    }
    return try done.get()
  }
}
