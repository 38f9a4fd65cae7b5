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
  private let queue = DispatchQueue(label: "s3loggerd.pages")

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
  static let aside = Array(".status.html.new".utf8)

  func run() async throws {
    let last = await cancelWhenGracefulShutdown {
      var last: [String: StatusPage] = [:]
      while !Task.isCancelled {
        last = await renew(last, isStopped: false)
        _ = await board.pageChanges.take()
        await Pause.last(Self.leastInterval)
      }
      return last
    }
    _ = await renew(last, isStopped: true)
  }

  /// Writes the pages that differ from `last`; returns what stands in the folders now.
  private func renew(_ last: [String: StatusPage], isStopped: Bool) async -> [String: StatusPage] {
    let settings = settings.value
    let wanted = settings.configuration.folders.filter(\.statusPage)
    if wanted.isEmpty { return [:] }
    let (engine, watched) = (board.engine, watched())
    return await withCheckedContinuation { continuation in
      queue.async {
        var pages: [String: StatusPage] = [:]
        for folder in wanted {
          let desk = PageDesk(folder: folder, language: settings.language, engine: engine, isStopped: isStopped)
          let status = watched.first { $0.name == folder.name }
          guard let page = try? desk.page(journal, status, hasTrouble: board.trouble(of: folder.name) != nil) else {
            continue
          }
          pages[folder.name] = page == last[folder.name] || write(page, in: folder) ? page : nil
        }
        continuation.resume(returning: pages)
      }
    }
  }

  private func write(_ page: StatusPage, in folder: FolderSettings) -> Bool {
    let key = folder.name + "\0page"
    do throws(SystemCallError) {
      let now = WallClock.now
      let place = try RootDirectory(folder.path).location(.root)
      let mode = try place.status().permissions & 0o666
      let html = page.html(asOf: LocalMoment(now, offset: LocalTime.offset(at: now)))
      try place.replace(FolderSettings.page.bytes, with: html, aside: Self.aside, mode: mode, durable: false)
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
