import DaemonConfiguration
import Folders
import TestFixtures
import Testing

@testable import Status

struct StatusBoardTests {
  @Test("what was wrong with a folder is forgotten once the folder is none any more")
  func troubles() throws {
    let board = StatusBoard()
    let subjects: [TroubleSubject] = [
      .files(of: "inbox"), .page(of: "inbox"), .files(of: "in"), .page(of: "scans"), .savers,
    ]
    for subject in subjects { board.show("read-only", of: subject) }
    board.keepTroubles(of: try Fixture.configuration("/srv/inbox", "status_page = true").folders)
    #expect(Set(board.troubles.keys) == [.files(of: "inbox"), .page(of: "inbox")])
    // The page alone may be wanted no more.
    board.keepTroubles(of: try Fixture.configuration("/srv/inbox").folders)
    #expect(Set(board.troubles.keys) == [.files(of: "inbox")])
  }
}
