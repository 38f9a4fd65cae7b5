import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Logging
import TestSupport
import Testing

@testable import Folders

/// When a folder's page is written, and what it says when nothing is known.
struct PageKeepingTests {
  private let inbox: TemporaryDirectory
  private let state: TemporaryDirectory
  private let journal: Journal
  private let folders: FolderSet
  private let folder: Folder
  private let pages: PageKeeping
  private let shown = ShownTroubles()

  init() throws {
    inbox = try TemporaryDirectory()
    state = try TemporaryDirectory()
    journal = try Journal(directory: state.path, now: Fixture.wall) { _ in }
    let settings = try Fixture.settings(inbox.path, "status_page = true")
    folders = try FolderSet()
    try folders.use([("inbox", inbox.path)])
    folder = try #require(folders.folder("inbox"))
    pages = PageKeeping(
      folder: folder,
      services: FolderServices(
        journal: journal, settings: { settings }, display: shown,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
  }

  /// Writes the page if that is needed; as if nothing were known of the one that stands there, if it is `new`.
  private func renew(isNew: Bool = false, isStopped: Bool = false) async throws -> Bool {
    if isNew { folder.page.written = nil }
    return await pages.renew(isStopped: isStopped)
  }

  private var html: String { get throws { String(decoding: try inbox.read("_status.html"), as: UTF8.self) } }

  @Test("a journal that can no longer be read takes back that all is well, and the page is tried again")
  func unreadable() async throws {
    #expect(try await renew())
    #expect(try html.contains("All is well"))
    journal.close()
    for isStopped in [false, true] {
      #expect(try await !renew(isStopped: isStopped))
      #expect(try !html.contains("All is well") && !html.contains("No file is waiting"))
      #expect(try html.contains("not known"))
    }
  }

  @Test("a page that says the same is not written again; one that could not be written is tried again")
  func again() async throws {
    #expect(try await renew())
    try inbox.write("by hand", to: "_status.html")
    #expect(try await renew())
    #expect(try html == "by hand")
    try inbox.remove("_status.html")
    try inbox.makeDirectory("_status.html/in the way")
    #expect(try await !renew(isNew: true))
  }

  @Test("a page that cannot be written is the folder's trouble, until it can")
  func trouble() async throws {
    try inbox.makeDirectory("_status.html")
    try inbox.makeDirectory("_status.html/in the way")
    #expect(try await !renew(isNew: true))
    #expect(Array(shown.troubles.keys) == [.page(of: "inbox")] && shown.trouble(of: "inbox") != nil)
    try inbox.remove("_status.html/in the way")
    try inbox.remove("_status.html")
    #expect(try await renew(isNew: true))
    #expect(shown.troubles.isEmpty)
  }
}
