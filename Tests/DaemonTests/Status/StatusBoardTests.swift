import Testing

@testable import Daemon

struct StatusBoardTests {
  @Test("what was wrong with a folder is forgotten once the folder is none any more")
  func troubles() {
    let board = StatusBoard()
    for name in ["inbox", "inbox\0page", "in", "scans\0page"] { board.showFolder(name, trouble: "read-only") }
    board.forgetTroubles(except: ["inbox"])
    #expect(Set(board.troubles.keys) == ["inbox", "inbox\0page"])
  }
}
