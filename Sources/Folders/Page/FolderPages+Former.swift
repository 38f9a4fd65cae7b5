import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Logging
import ServiceManager
import Synchronization
import SystemSupport

/// The directories whose page the journal knows, as this process told it.
final class NotedPages: Sendable {
  private let roots = Mutex<Set<FolderRoot>>([])

  func contains(_ root: FolderRoot) -> Bool { roots.withLock { $0.contains(root) } }
  func insert(_ root: FolderRoot) { _ = roots.withLock { $0.insert(root) } }
  func remove(_ root: FolderRoot) { _ = roots.withLock { $0.remove(root) } }
}

/// Does a piece of work where the folder may hang; nil where it does not answer.
protocol FolderExecutor: Sendable {
  func perform<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value?
}

/// On the folder's own thread.
struct RunnerExecutor: FolderExecutor {
  let runner: FolderRunner

  func perform<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
    await runner.perform(.page, work)
  }
}

/// For a folder that has left the configuration, and has no thread any more: on one that lasts for this.
struct LaneExecutor: FolderExecutor {
  /// A folder that has not answered by then is left as it is: nobody must wait for it, a stop least of all.
  private let patience: Duration
  private let lane = SerialLane(named: "former-folder")

  init(patience: Duration = FolderActivity.patience) {
    self.patience = patience
  }

  func perform<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
    let answer = Answer<Value>()
    return await withCheckedContinuation { continuation in
      answer.wait(continuation)
      lane.run { answer.give(work()) }
      answer.giveUp(after: patience)
    }
  }
}

/// Pages as the journal knows them: each is noted before it is written for the first time, so that it is never delivered,
/// whatever the settings are by then; and each that is kept no longer says so and goes.
extension FolderPages {
  /// Notes the page of a folder. Returns why that could not be done.
  func note(_ folder: FolderSettings, _ executor: some FolderExecutor) async -> SystemCallError? {
    let found = await executor.perform { () -> FolderRoot? in
      guard let root = try? RootDirectory(folder.path), let seen = try? root.seen() else { return nil }
      // A page of somebody else is not ours by our wish.
      return (try? root.holderOfPage(FolderSettings.page.bytes)) == .others ? nil : seen
    }
    guard let found, let seen = found, !noted.contains(seen) else { return nil }
    do {
      try await journal.note([OwnPlace(.page, FolderSettings.page)], in: seen, folder: folder.name, at: WallClock.now)
      noted.insert(seen)
      return nil
    } catch {
      return .noJournal
    }
  }

  /// Looks after the page that a folder keeps no longer. When to look again; nil for never.
  func tendFormer(_ folder: FolderSettings, _ executor: some FolderExecutor) async -> Timestamp? {
    let now = WallClock.now
    do {
      return try await tend(FormerPage(folder: folder), executor, now)
    } catch {
      logger.warning(
        "folder \(folder.name): the page that is no longer kept still stands there: \(error)",
        metadata: [LogKey.code: "folder"])
      return now + Self.formerPause
    }
  }

  /// What could not be done about a former page is tried again so long after.
  private static let formerPause = Duration.seconds(60)

  private func tend(
    _ former: FormerPage, _ executor: some FolderExecutor, _ now: Timestamp
  ) async throws -> Timestamp? {
    let found = await executor.perform { [journal] in Result { try former.past(journal) } }
    // A folder that is not there may have one.
    guard case .success(let known)? = found else { return now + Self.formerPause }
    guard let past = known else { return nil }
    if past.ended == nil {
      try await journal.endPage(in: past.root, at: now)
      noted.remove(past.root)
    }
    let ended = past.ended ?? now
    guard let done = await executor.perform({ Result { try former.tend(ended: ended, now: now) } }) else {
      return now + Self.formerPause
    }
    return try done.get()
  }
}
