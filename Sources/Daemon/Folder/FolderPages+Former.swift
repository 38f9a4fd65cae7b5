import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
@preconcurrency import Dispatch
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

/// Pages as the journal knows them: each is noted before it is written for the first time, so that it is never delivered,
/// whatever the settings are by then; and each that is kept no longer says so and goes.
extension FolderPages {
  /// Notes the pages of the folders. Returns why that could not be done, by folder.
  func note(_ folders: [FolderSettings]) async -> [String: SystemCallError] {
    var obstacles: [String: SystemCallError] = [:]
    for folder in folders {
      guard let seen = await onQueue({ try? RootDirectory(folder.path).seen() }), !noted.contains(seen) else {
        continue
      }
      // A page of somebody else is not ours by our wish.
      guard await onQueue({ (try? RootDirectory(folder.path).holderOfPage(FolderSettings.page.bytes)) != .others })
      else { continue }
      do {
        try await journal.note(
          [OwnPlace(.page, FolderSettings.page)], in: seen, folder: folder.name, at: WallClock.now)
        noted.insert(seen)
      } catch {
        obstacles[folder.name] = .noJournal
      }
    }
    return obstacles
  }

  /// Looks after the pages that are kept no longer: of folders that have none any more, and of folders that left the
  /// configuration while this process ran.
  func tendFormer(_ pages: inout Pages) async {
    let folders = settings.value.configuration.folders
    let gone = pages.folders.values.filter { known in !folders.contains { $0.path == known.path } }
    for folder in folders.filter({ !$0.statusPage }) + gone {
      let now = WallClock.now
      if let next = pages.former[folder.path], next.map({ $0 > now }) != false { continue }
      do {
        pages.former[folder.path] = .some(try await tend(FormerPage(folder: folder), now))
        pages.folders.removeValue(forKey: folder.path)
      } catch {
        logger.warning(
          "folder \(folder.name): the page that is no longer kept still stands there: \(error)",
          metadata: [LogKey.code: "folder"])
        pages.former[folder.path] = .some(now + .seconds(60))
      }
    }
  }

  private func tend(_ former: FormerPage, _ now: Timestamp) async throws -> Timestamp? {
    let found = await onQueue { Result { try former.past(journal) } }
    // A folder that is not there may have one.
    guard case .success(let known) = found else { return now + .seconds(60) }
    guard let past = known else { return nil }
    if past.ended == nil {
      try await journal.endPage(in: past.root, at: now)
      noted.remove(past.root)
    }
    return try await onQueue { Result { try former.tend(ended: past.ended ?? now, now: now) } }.get()
  }

  private func onQueue<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
  }
}
