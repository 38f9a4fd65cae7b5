import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import FolderFeedback
import Logging
import ServiceManager
import SystemSupport

/// Keeps the page of one folder, if it wants one: written when it would read differently, on the folder's own thread.
struct PageKeeping {
  let folder: Folder
  let services: FolderServices
  /// As they were when the page was kept last.
  private var kept: FolderSettings?
  /// When to look after a page that is kept no more; nil for never.
  private var nextTending: Timestamp? = Timestamp(milliseconds: 0)

  init(folder: Folder, services: FolderServices) {
    self.folder = folder
    self.services = services
  }

  /// What could not be done is tried again so long after, without news.
  private static let retry = Duration.seconds(15)

  /// The folder's settings; nil for a moment when it goes, or gets another path: a reload changes the settings first.
  private var settings: FolderSettings? {
    services.settings().folders.first { $0.name == folder.name && $0.path == folder.path }
  }

  /// Writes the page, or looks after one that is kept no more. After which pause to do so again, without news; nil for never.
  mutating func doDue() async -> Duration? {
    guard let settings else { return Self.retry }
    if settings.statusPage {
      (kept, nextTending) = (settings, Timestamp(milliseconds: 0))
      return await renew(isStopped: false) ? nil : Self.retry
    }
    folder.page.written = nil
    if let next = nextTending, next <= WallClock.now {
      nextTending = await tendFormer(settings, RunnerExecutor(runner: folder.runner))
    }
    return nextTending.map { max($0 - WallClock.now, .seconds(1)) }
  }

  /// The folder is configured no more, and so has no thread.
  func leave() async {
    if let kept { _ = await tendFormer(kept, LaneExecutor()) }
  }

  /// Writes the page if it differs from what stands in the folder. Whether it stands there, and says what the journal
  /// knows.
  func renew(isStopped: Bool) async -> Bool {
    guard let settings, settings.statusPage else {
      folder.page.written = nil
      return true
    }
    let obstacle = await note(settings, RunnerExecutor(runner: folder.runner))
    let content = PageContent(
      folder: settings, delivery: services.display.outlook(for: folder.name), isStopped: isStopped)
    let (status, before) = (folder.status, folder.page.written)
    let outcome = await folder.runner.perform(.page) {
      let page = page(content, status, after: before)
      return page == before || write(page, in: settings, obstacle) ? page : nil
    }
    // Nothing is known of a page whose writing was called off.
    guard let outcome, let page = outcome else {
      folder.page.written = nil
      return false
    }
    folder.page.written = page
    return page.verdict != .unknown
  }

  /// A page must not go on saying that all is well when that is not known.
  private func page(_ content: PageContent, _ status: FolderWatchStatus?, after last: StatusPage?) -> StatusPage {
    let hasTrouble = services.display.trouble(of: folder.name) != nil
    do {
      return try content.page(services.journal, status, hasTrouble: hasTrouble)
    } catch {
      if last?.verdict != .unknown {
        services.logger.warning(
          "folder \(folder.name): the journal cannot be read for the status page, which says so: \(error)",
          metadata: [LogKey.code: "folder"])
      }
      return content.blankPage(hasTrouble: hasTrouble)
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
      services.display.show(nil, of: subject)
      return true
    } catch {
      let trouble = FolderTrouble(what: "the status page cannot be written", folder: folder, error: error).text
      if services.display.troubles[subject] == nil {
        services.logger.warning("\(trouble)", metadata: [LogKey.code: "folder"])
      }
      services.display.show(trouble, of: subject)
      return false
    }
  }
}
