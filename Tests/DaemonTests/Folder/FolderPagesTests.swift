import DeliveryJournal
import DeliveryModel
import Logging
import TestSupport
import Testing

@testable import Daemon

/// When a folder's page is written, and what it says when nothing is known.
struct FolderPagesTests {
  private let inbox: TemporaryDirectory
  private let state: TemporaryDirectory
  private let journal: Journal
  private let pages: FolderPages

  init() throws {
    inbox = try TemporaryDirectory()
    state = try TemporaryDirectory()
    journal = try Journal(directory: state.path, now: Fixture.wall) { _ in }
    pages = FolderPages(
      journal: journal, settings: SharedSettings(try Fixture.settings(inbox.path, "status_page = true")),
      board: StatusBoard(), watched: { [] },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private var html: String { get throws { String(decoding: try inbox.read("_status.html"), as: UTF8.self) } }

  @Test("a journal that can no longer be read takes back that all is well, and the page is tried again")
  func unreadable() async throws {
    let before = await pages.renew(FolderPages.Pages(), isStopped: false)
    #expect(before.isComplete)
    #expect(try html.contains("All is well"))
    journal.close()
    for isStopped in [false, true] {
      let after = await pages.renew(before, isStopped: isStopped)
      #expect(!after.isComplete)
      #expect(try !html.contains("All is well") && !html.contains("No file is waiting"))
      #expect(try html.contains("not known"))
    }
  }

  @Test("a page that says the same is not written again; one that could not be written is tried again")
  func again() async throws {
    let before = await pages.renew(FolderPages.Pages(), isStopped: false)
    try inbox.write("by hand", to: "_status.html")
    #expect(await pages.renew(before, isStopped: false).isComplete)
    #expect(try html == "by hand")
    try inbox.remove("_status.html")
    try inbox.makeDirectory("_status.html/in the way")
    #expect(await !pages.renew(FolderPages.Pages(), isStopped: false).isComplete)
  }

  @Test("what cannot be done in a folder that is wanted no more, or for its page, is no trouble any longer")
  func troubles() async throws {
    try inbox.makeDirectory("_status.html")
    try inbox.makeDirectory("_status.html/in the way")
    _ = await pages.renew(FolderPages.Pages(), isStopped: false)
    for name in ["inbox", "gone"] { pages.board.showFolder(name, trouble: "it is read-only") }
    #expect(pages.board.troubles.count == 3 && pages.board.trouble(of: "inbox") != nil)
    pages.settings.value = try Fixture.settings(inbox.path)
    _ = await pages.renew(FolderPages.Pages(), isStopped: false)
    #expect(pages.board.troubles == ["inbox": "it is read-only"])
  }
}
