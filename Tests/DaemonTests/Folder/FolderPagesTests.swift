import DaemonConfiguration
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
    let text = """
      [aws]
      region = "eu-south-1"
      bucket = "files"
      table = "records"
      [[folder]]
      name = "inbox"
      path = "\(inbox.path)"
      status_page = true
      """
    let outcome = ConfigurationLoader.parse(Array(text.utf8), file: "test", environment: [:])
    let settings = EngineSettings(configuration: try #require(outcome.configuration), host: "server")
    pages = FolderPages(
      journal: journal, settings: SharedSettings(settings), board: StatusBoard(), watched: { [] },
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
}
