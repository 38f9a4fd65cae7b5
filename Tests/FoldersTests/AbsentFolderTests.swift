import SystemSupport
import TestSupport
import Testing

@testable import Folders

@Suite("A folder that is not there")
struct AbsentFolderTests {
  @Test("a file that is to settle anew waits with its folder, and nothing is due before that is looked for")
  func waits() throws {
    let folder = try SteppedFolder()
    try folder.directory.remove("")
    let start = MonotonicInstant.now
    folder.watcher.loseRoot(at: start)
    #expect(!folder.watcher.isPresent)
    folder.watcher.resettle(path("a.pdf"), isNew: true, at: start)
    let later = start + .seconds(4)
    folder.watcher.turn(at: later)
    #expect(folder.watcher.nextDeadline.map { $0 > later } == true)
  }
}
