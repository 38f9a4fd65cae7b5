import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Logging
import TestSupport
import Testing

@testable import Folders

/// When a folder's page is written, and what it says when nothing is known.
struct FolderPagesTests {
  private let inbox: TemporaryDirectory
  private let state: TemporaryDirectory
  private let journal: Journal
  private let pages: FolderPages
  private let shown = ShownTroubles()

  init() throws {
    inbox = try TemporaryDirectory()
    state = try TemporaryDirectory()
    journal = try Journal(directory: state.path, now: Fixture.wall) { _ in }
    let settings = try Fixture.settings(inbox.path, "status_page = true")
    pages = FolderPages(
      journal: journal, settings: { settings }, display: shown, runners: try Self.runners(inbox.path), watched: { [] },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private static func runners(_ path: String) throws -> FolderRunners {
    let runners = try FolderRunners()
    try runners.use([("inbox", path)])
    return runners
  }

  /// Writes the page if that is needed; as if nothing were known of the one that stands there, if it is `new`.
  private func renew(isNew: Bool = false, isStopped: Bool = false) async throws -> Bool {
    if isNew { pages.standing.forget("inbox") }
    return await pages.renew(try #require(pages.runners.runner(of: "inbox")), isStopped: isStopped)
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
