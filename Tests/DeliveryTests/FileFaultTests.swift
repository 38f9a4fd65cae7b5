import DeliveryModel
import Glibc
import SystemSupport
import TestFixtures
import TestSupport
import Testing

@testable import Delivery

struct FileFaultTests {
  @Test(
    "each error has its meaning",
    arguments: [
      (EACCES, "permission"), (EPERM, "permission"), (EMFILE, "resources"), (ENFILE, "resources"),
      (ENOMEM, "resources"),
      (EIO, "read-error"), (ESTALE, "read-error"), (ENODEV, "read-error"),
    ])
  func faults(code: Int32, name: String) throws {
    let fault = FileFault(
      SystemCallError(call: "read", code: code), file: Fixture.file(), root: try RootDirectory("/"))
    #expect(Self.code(of: fault.outcome) == name)
  }

  @Test("a file that a lease keeps, or that somebody writes, is judged again", arguments: [EWOULDBLOCK])
  func leased(code: Int32) throws {
    let fault = FileFault(
      SystemCallError(call: "openat2", code: code), file: Fixture.file(), root: try RootDirectory("/"))
    #expect(fault.outcome == .changed)
  }

  @Test("what is missing in the very directory in which it was seen is gone, whatever device number files have there")
  func goneOnOverlay() throws {
    let directory = try TemporaryDirectory()
    let root = try RootDirectory(directory.path)
    let seen = try root.seen()
    let other = FolderRoot(path: seen.path, device: seen.device, inode: seen.inode + 1, isMount: seen.isMount)
    for (place, name) in [(seen, nil), (other, "folder-unavailable")] {
      let file = SettledFile(
        folder: "inbox", path: Fixture.path("a"),
        identity: FileIdentity(device: seen.device + 7, inode: 7, size: 1, modified: 1, changed: 1), owner: 0,
        received: Fixture.wall, settled: Fixture.wall, evidence: .lease, discovery: .event, root: place)
      let fault = FileFault(SystemCallError(call: "openat2", code: ENOENT), file: file, root: root)
      #expect(Self.code(of: fault.outcome) == name)
      #expect((fault.outcome == .gone) == (name == nil))
    }
  }

  private static func code(of outcome: HashOutcome) -> String? {
    switch outcome {
    case .unreadable(let code, _): code
    case .away: "away"
    default: nil
    }
  }
}
