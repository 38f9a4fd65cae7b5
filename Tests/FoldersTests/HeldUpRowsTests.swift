import DeliveryModel
import FolderFeedback
import Testing

@testable import Folders

/// What a folder's page says of files that wait for a person.
struct HeldUpRowsTests {
  @Test("the page does not say that all is well, names what it may, and counts the rest")
  func page() {
    var page = StatusPage(
      folder: "inbox", language: .english, verdict: .ok, waitingCount: 0, waiting: [], refused: [], refusedPlace: nil,
      arrived: [], reached: nil, hasTrouble: false)
    var status = FolderWatchStatus(name: "inbox", path: "/srv/inbox", mode: .inotify)
    status.presence = .present
    status.unreadable = [
      UnreadableEntry(path: Fixture.path("HR"), isDirectory: true, since: Fixture.wall, reason: "permission denied")
    ]
    status.unreadableCount = 2
    status.late = [
      FolderWatchStatus.LateFile(path: Fixture.path("young"), since: Fixture.wall, isHeldOpen: true, isOverdue: false),
      FolderWatchStatus.LateFile(path: Fixture.path("old"), since: Fixture.wall, isHeldOpen: true, isOverdue: true),
    ]
    status.overdueCount = 1
    status.isIncomplete = true
    page.addHeldUp(status, in: nil)
    #expect(page.verdict == .heldUp && page.heldUpCount == 3 && page.hasTrouble)
    #expect(page.heldUp.map(\.path) == [Fixture.path("HR"), Fixture.path("old")])
    #expect(page.heldUp.map(\.cause) == [.unreadableDirectory, .heldOpen])
    page.verdict = .blocked
    page.addHeldUp(status, in: nil)
    #expect(page.verdict == .blocked)
  }
}
