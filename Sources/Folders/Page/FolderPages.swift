import DaemonConfiguration
package import DeliveryJournal
import DeliveryModel
import FolderFeedback
package import Logging
import ServiceManager
import Synchronization
import SystemSupport

/// Keeps the page in each folder that wants one: written when it would read differently, every few seconds at most, on
/// the folder's own thread.
package struct FolderPages: Sendable {
  let journal: Journal
  let settings: @Sendable () -> ConfiguredFolders
  let display: any FolderDisplay
  let runners: FolderRunners
  let watched: @Sendable () -> [FolderWatchStatus]
  let logger: Logger
  let noted = NotedPages()
  let standing = StandingPages()

  package init(
    journal: Journal, settings: @escaping @Sendable () -> ConfiguredFolders, display: any FolderDisplay,
    runners: FolderRunners, watched: @escaping @Sendable () -> [FolderWatchStatus], logger: Logger
  ) {
    self.journal = journal
    self.settings = settings
    self.display = display
    self.runners = runners
    self.watched = watched
    self.logger = logger
  }

  private static let leastInterval = Duration.seconds(3)
  /// What could not be done is tried again so long after, without news.
  private static let retry = Duration.seconds(15)

  /// Until the task is cancelled; then, ``sayStopped()``.
  package func run() async throws {
    let news = FolderSignals()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while !Task.isCancelled {
          _ = await display.pageChanges.take()
          display.keepTroubles(of: settings().folders)
          news.ring("")
          await Pause.last(Self.leastInterval)
        }
      }
      group.addTask { try await FolderTasks(runners: runners).run { await keep($0, news) } }
      try await group.waitForAll()
    }
  }

  private func keep(_ runner: FolderRunner, _ news: FolderSignals) async {
    let signal = news.signal(of: runner.folder)
    var kept: FolderSettings?
    var nextTending: Timestamp? = Timestamp(milliseconds: 0)
    while !Task.isCancelled {
      guard let folder = settings().folders.first(where: { $0.name == runner.folder }) else {
        // It goes in a moment: a reload changes the settings first.
        await signal.wait(Self.retry)
        continue
      }
      if folder.statusPage {
        (kept, nextTending) = (folder, Timestamp(milliseconds: 0))
        let isComplete = await renew(runner, isStopped: false)
        await signal.wait(isComplete ? nil : Self.retry)
      } else {
        standing.forget(runner.folder)
        if let next = nextTending, next <= WallClock.now {
          nextTending = await tendFormer(folder, RunnerExecutor(runner: runner))
        }
        await signal.wait(nextTending.map { max($0 - WallClock.now, .seconds(1)) })
      }
    }
    guard runners.runner(of: runner.folder) !== runner else { return }
    if runners.runner(of: runner.folder) == nil { news.forget(runner.folder) }
    // The folder was watched no more from that moment on, and nobody keeps its page.
    if let kept { _ = await tendFormer(kept, LaneExecutor()) }
  }

  /// All at once, and for a moment only: a folder that does not answer keeps its page as it is.
  package func sayStopped() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await withTaskGroup(of: Void.self) { pages in
          for runner in runners.all { pages.addTask { _ = await renew(runner, isStopped: true) } }
        }
      }
      group.addTask { await Pause.last(FolderRunner.endPatience) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Writes the page if it differs from what stands in the folder. Whether it stands there, and says what the journal
  /// knows.
  func renew(_ runner: FolderRunner, isStopped: Bool) async -> Bool {
    guard let folder = settings().folders.first(where: { $0.name == runner.folder }),
      folder.statusPage
    else {
      standing.forget(runner.folder)
      return true
    }
    let obstacle = await note(folder, RunnerExecutor(runner: runner))
    let desk = PageDesk(folder: folder, delivery: display.outlook(for: folder.name), isStopped: isStopped)
    let status = watched().first { $0.name == folder.name }
    let before = standing.page(of: folder.name)
    let outcome = await runner.perform(.page) {
      let page = page(at: desk, status, after: before)
      return page == before || write(page, in: folder, obstacle) ? page : nil
    }
    // Nothing is known of a page whose writing was called off.
    guard let outcome, let page = outcome else {
      standing.forget(folder.name)
      return false
    }
    standing.remember(page, in: folder.name)
    return page.verdict != .unknown
  }

  /// A page must not go on saying that all is well when that is not known.
  private func page(at desk: PageDesk, _ status: FolderWatchStatus?, after last: StatusPage?) -> StatusPage {
    let hasTrouble = display.trouble(of: desk.folder.name) != nil
    do {
      return try desk.page(journal, status, hasTrouble: hasTrouble)
    } catch {
      if last?.verdict != .unknown {
        logger.warning(
          "folder \(desk.folder.name): the journal cannot be read for the status page, which says so: \(error)",
          metadata: [LogKey.code: "folder"])
      }
      return desk.blankPage(hasTrouble: hasTrouble)
    }
  }

  private func write(_ page: StatusPage, in folder: FolderSettings, _ obstacle: SystemCallError?) -> Bool {
    let subject = TroubleSubject.page(of: folder.name)
    do throws(SystemCallError) {
      if let obstacle { throw obstacle }
      let now = WallClock.now
      let root = try RootDirectory(folder.path)
      guard try root.holderOfPage(FolderSettings.page.bytes) != .others else { throw .occupied(FolderSettings.page) }
      let place = try root.location(.root)
      let readers = try place.rights()
      let html = page.html(asOf: LocalMoment(now, offset: LocalTime.offset(at: now)))
      try place.replace(FolderSettings.page.bytes, with: html, readers: readers, durable: false)
      display.show(nil, of: subject)
      return true
    } catch {
      let trouble = FolderTrouble(what: "the status page cannot be written", folder: folder, error: error).text
      if display.troubles[subject] == nil { logger.warning("\(trouble)", metadata: [LogKey.code: "folder"]) }
      display.show(trouble, of: subject)
      return false
    }
  }
}

/// The pages that stand in the folders, as far as this process wrote them.
final class StandingPages: Sendable {
  private let pages = Mutex<[String: StatusPage]>([:])

  func page(of folder: String) -> StatusPage? { pages.withLock { $0[folder] } }

  func remember(_ page: StatusPage, in folder: String) { pages.withLock { $0[folder] = page } }

  func forget(_ folder: String) { _ = pages.withLock { $0.removeValue(forKey: folder) } }
}
