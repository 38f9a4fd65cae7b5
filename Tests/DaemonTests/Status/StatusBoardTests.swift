import DaemonConfiguration
import Testing

@testable import Daemon

struct StatusBoardTests {
  @Test("what was wrong with a folder is forgotten once the folder is none any more")
  func troubles() throws {
    let board = StatusBoard()
    for name in ["inbox", "inbox\0page", "in", "scans\0page"] { board.showFolder(name, trouble: "read-only") }
    board.keepTroubles(of: try Fixture.configuration("/srv/inbox", "status_page = true").folders)
    #expect(Set(board.troubles.keys) == ["inbox", "inbox\0page"])
  }
}
