import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
@preconcurrency import Dispatch
import DropWatch
import FolderFeedback
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Keeps the page in each folder that wants one: written when it would read differently, every few seconds at most.
struct FolderPages: Service {
  let journal: Journal
  let settings: SharedSettings
  let board: StatusBoard
  let watched: @Sendable () -> [FolderWatchStatus]
  let logger: Logger
  let noted = NotedPages()
  let queue = DispatchQueue(label: "s3loggerd.pages")

  init(
    journal: Journal, settings: SharedSettings, board: StatusBoard,
    watched: @escaping @Sendable () -> [FolderWatchStatus], logger: Logger
  ) {
    self.journal = journal
    self.settings = settings
    self.board = board
    self.watched = watched
    self.logger = logger
  }

  private static let leastInterval = Duration.seconds(3)

  /// What could not be done is tried again so long after, without news.
  private static let retry = Duration.seconds(15)

  func run() async throws {
    let last = await cancelWhenGracefulShutdown {
      var last = Pages()
      while !Task.isCancelled {
        last = await renew(last, isStopped: false)
        await tendFormer(&last)
        await wait(isComplete: last.isComplete)
        await Pause.last(Self.leastInterval)
      }
      return last
    }
    _ = await renew(last, isStopped: true)
  }

  /// What stands in the folders.
  struct Pages: Sendable {
    var byFolder: [String: StatusPage] = [:]
    /// Whether each was written, and says what the journal knows.
    var isComplete = true
    /// Folders whose page was written, as they were then.
    var folders: [String: FolderSettings] = [:]
    /// When to look again after the former page of a folder, by its path; nil for never.
    var former: [String: Timestamp?] = [:]
  }

  /// Writes the pages that differ from `last`; returns what stands in the folders now.
  func renew(_ last: Pages, isStopped: Bool) async -> Pages {
    let folders = settings.value.configuration.folders
    board.keepTroubles(of: folders)
    let wanted = folders.filter(\.statusPage)
    if wanted.isEmpty { return Pages(folders: last.folders, former: last.former) }
    let (engine, watched) = (board.engine, watched())
    let troubles = await note(wanted)
    return await withCheckedContinuation { continuation in
      queue.async {
        var pages = Pages(folders: last.folders, former: last.former)
        for folder in wanted {
          pages.folders[folder.path] = folder
          pages.former.removeValue(forKey: folder.path)
          let desk = PageDesk(folder: folder, engine: engine, isStopped: isStopped)
          let before = last.byFolder[folder.name]
          let page = page(at: desk, watched.first { $0.name == folder.name }, after: before)
          let stands = page == before || write(page, in: folder, troubles[folder.name])
          pages.byFolder[folder.name] = stands ? page : nil
          if !stands || page.verdict == .unknown { pages.isComplete = false }
        }
        continuation.resume(returning: pages)
      }
    }
  }

  /// A page must not go on saying that all is well when that is not known.
  private func page(at desk: PageDesk, _ status: FolderWatchStatus?, after last: StatusPage?) -> StatusPage {
    let hasTrouble = board.trouble(of: desk.folder.name) != nil
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

  private func wait(isComplete: Bool) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await board.pageChanges.take() }
      if !isComplete { group.addTask { await Pause.last(Self.retry) } }
      await group.next()
      group.cancelAll()
    }
  }

  private func write(_ page: StatusPage, in folder: FolderSettings, _ obstacle: SystemCallError?) -> Bool {
    let key = StatusBoard.page(of: folder.name)
    do throws(SystemCallError) {
      if let obstacle { throw obstacle }
      let now = WallClock.now
      let root = try RootDirectory(folder.path)
      guard try root.holderOfPage(FolderSettings.page.bytes) != .others else { throw .occupied(FolderSettings.page) }
      let place = try root.location(.root)
      let readers = try place.rights()
      let html = page.html(asOf: LocalMoment(now, offset: LocalTime.offset(at: now)))
      try place.replace(FolderSettings.page.bytes, with: html, readers: readers, durable: false)
      board.showFolder(key, trouble: nil)
      return true
    } catch {
      let trouble = FolderTrouble(what: "the status page cannot be written", folder: folder, error: error).text
      if board.troubles[key] == nil { logger.warning("\(trouble)", metadata: [LogKey.code: "folder"]) }
      board.showFolder(key, trouble: trouble)
      return false
    }
  }
}
