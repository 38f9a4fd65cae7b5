import DeliveryModel
import FolderFeedback
import SystemSupport
import Testing

@testable import Folders

/// What is known of a folder lives as long as the folder.
struct FolderSetTests {
  private let folders: FolderSet

  init() throws {
    folders = try FolderSet()
    try folders.use([("inbox", "/nowhere"), ("scans", "/scans")])
  }

  private var page: StatusPage {
    StatusPage(
      folder: "inbox", language: .english, verdict: .ok, waitingCount: 0, waiting: [], refused: [], refusedPlace: nil,
      arrived: [], reached: nil, hasTrouble: false)
  }

  @Test(
    "a folder that stays keeps what is known of it; at another path it is another one, whose page is not written yet")
  func replaced() throws {
    let (inbox, scans) = (try #require(folders.folder("inbox")), try #require(folders.folder("scans")))
    for folder in [inbox, scans] { folder.page.written = page }
    try folders.use([("inbox", "/elsewhere"), ("scans", "/scans")])
    #expect(folders.folder("scans") === scans && scans.page.written == page)
    let moved = try #require(folders.folder("inbox"))
    #expect(moved !== inbox && moved.path == "/elsewhere" && moved.page.written == nil)
    #expect(inbox.runner.isEnded && !scans.runner.isEnded)
  }

  @Test("what is due in one folder is that folder's; what nobody has is looked for in all")
  func signals() throws {
    let (inbox, scans) = (try #require(folders.folder("inbox")), try #require(folders.folder("scans")))
    #expect(!folders.isIdle, "nobody has looked yet")
    func serve() { for folder in folders.all { folder.followUps.serve(folder.followUps.count) } }
    serve()
    #expect(folders.isIdle)
    folders.ring("inbox")
    #expect(!inbox.followUps.isIdle && scans.followUps.isIdle && !folders.isIdle)
    for name in ["", "former"] {
      serve()
      folders.ring(name)
      #expect(!inbox.followUps.isIdle && !scans.followUps.isIdle)
    }
  }

  @Test("a folder that was never watched has no status, and no command before that counts")
  func unwatched() throws {
    let inbox = try #require(folders.folder("inbox"))
    #expect(inbox.status == nil && !inbox.isAvailable && !inbox.isWatched)
  }
}
