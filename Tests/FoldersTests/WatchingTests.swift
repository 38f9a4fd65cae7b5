import DeliveryModel
import Foundation
import SystemSupport
import Testing

@testable import Folders

@Suite("Watching a folder", .timeLimit(.minutes(5)))
struct WatchingTests {
  @Test("a written file is handed over once its writer closed it, with its identity", arguments: [0, 50])
  func writtenFile(settle: Int) async throws {
    let rig = try WatchRig(settle: .milliseconds(settle))
    try await rig.run {
      let before = WallClock.now
      rig.write("a.txt", "12345")
      let file = try #require(await rig.settled(1).first)
      #expect(file.path.escaped == "a.txt")
      #expect(file.folder == "inbox")
      #expect(file.identity.size == 5)
      #expect(file.identity.generation != 0)
      #expect(file.evidence == .lease)
      #expect(file.discovery == .event)
      // Both are cut to milliseconds. `received` may be read late, so the window is measured from before the write.
      #expect(file.settled - before >= .milliseconds(settle - 1))
      #expect(file.settled >= file.received && file.received >= before)
    }
  }

  @Test("a thread with nothing to do comes round when it is poked")
  func poked() async throws {
    let rig = try WatchRig()
    try await rig.run {
      for beacon in rig.watcher.progress {
        let before = beacon.turns
        beacon.poke()
        while beacon.turns == before { await Task.yield() }
      }
    }
  }

  @Test("a file that is held open for writing waits, visibly, whatever else says it is finished")
  func heldOpen() async throws {
    let rig = try WatchRig()
    try await rig.run {
      let descriptor = open(rig.root + "/held.tmp", O_WRONLY | O_CREAT, 0o600)
      _ = write(descriptor, "x", 1)
      rename(rig.root + "/held.tmp", rig.root + "/held")
      rig.write("other")
      #expect(await rig.names(1) == ["other"])
      #expect(rig.status?.waiting ?? 0 >= 1)
      _ = write(descriptor, "yz", 2)
      close(descriptor)
      #expect(await rig.settled(1).first?.identity.size == 3)
    }
  }

  @Test("a file renamed into its final name is taken, its temporary name is not")
  func renamed() async throws {
    let rig = try WatchRig()
    try await rig.run {
      rig.write("a.pdf.part")
      rename(rig.root + "/a.pdf.part", rig.root + "/a.pdf")
      #expect(await rig.names(1) == ["a.pdf"])
    }
  }

  @Test("a file that is only linked to its final name is taken")
  func linked() async throws {
    let rig = try WatchRig(settle: .milliseconds(20))
    try await rig.run {
      rig.write("a.filepart")
      link(rig.root + "/a.filepart", rig.root + "/a")
      #expect(await rig.names(1) == ["a"])
    }
  }

  @Test("files in directories made at the same moment are all found")
  func directoryRace() async throws {
    let rig = try WatchRig()
    try await rig.run {
      for number in 0..<200 {
        rig.makeDirectory("d\(number)")
        rig.makeDirectory("d\(number)/e")
        rig.write("d\(number)/e/f")
      }
      #expect(Set(await rig.names(200)).count == 200)
    }
  }

  @Test("the files of a directory that is moved in are found, and found again where it is moved to")
  func movedDirectory() async throws {
    let rig = try WatchRig(settle: .milliseconds(10))
    let elsewhere = try WatchRig()
    elsewhere.makeDirectory("tree")
    elsewhere.makeDirectory("tree/sub")
    elsewhere.write("tree/a")
    elsewhere.write("tree/sub/b")
    try await rig.run {
      rename(elsewhere.root + "/tree", rig.root + "/in")
      #expect(await rig.names(2) == ["in/a", "in/sub/b"])
      rename(rig.root + "/in", rig.root + "/out")
      #expect(await rig.names(2) == ["out/a", "out/sub/b"])
      rig.write("out/sub/c")
      #expect(await rig.names(1) == ["out/sub/c"])
    }
  }

  @Test("what happens in a directory after it was moved away is not the folder's")
  func movedAway() async throws {
    let rig = try WatchRig()
    let elsewhere = try WatchRig()
    rig.makeDirectory("d")
    try await rig.run {
      rename(rig.root + "/d", elsewhere.root + "/d")
      elsewhere.write("d/x")
      rig.write("y")
      #expect(await rig.names(1) == ["y"])
      #expect(rig.status?.directories == 1)
    }
  }

  @Test("links and FIFOs are counted, never followed, and never block")
  func special() async throws {
    let rig = try WatchRig()
    symlink("/etc/passwd", rig.root + "/before")
    try await rig.run {
      await rig.sentinel("first")
      #expect(rig.status?.ignored == [.symbolicLink: 1])
      symlink("/etc/passwd", rig.root + "/link")
      mkfifo(rig.root + "/pipe", 0o600)
      rename(rig.root + "/link", rig.root + "/link2")
      rename(rig.root + "/pipe", rig.root + "/pipe2")
      rig.write("file")
      #expect(await rig.names(1) == ["file"])
      rig.watcher.rescan(folder: nil)
      _ = await rig.report { if case .scanned = $0 { true } else { false } }
      await rig.sentinel("later")
      #expect(rig.status?.ignored == [.symbolicLink: 2, .special: 1])
    }
  }

  @Test("a file deleted before it settled is forgotten")
  func deleted() async throws {
    let rig = try WatchRig(settle: .milliseconds(100))
    try await rig.run {
      rig.write("gone")
      unlink(rig.root + "/gone")
      rig.write("here")
      #expect(await rig.names(1) == ["here"])
      #expect(rig.status?.waiting == 0 || rig.status?.waiting == 1)
    }
  }

  @Test("a file opened for writing and closed unchanged is not handed over again; a changed one is")
  func unchanged() async throws {
    let rig = try WatchRig()
    try await rig.run {
      rig.write("a", "1")
      _ = await rig.settled(1)
      close(open(rig.root + "/a", O_WRONLY))
      rig.write("b")
      #expect(await rig.names(1) == ["b"])
      rig.write("a", "22")
      let again = await rig.settled(1)
      #expect(again.first?.path.escaped == "a")
      #expect(again.first?.identity.size == 2)
    }
  }

  @Test("a file that the receiver found changed is handed over again")
  func resettle() async throws {
    let rig = try WatchRig(settle: .milliseconds(10))
    try await rig.run {
      rig.write("a")
      _ = await rig.settled(1)
      rig.watcher.resettle(folder: "inbox", path: path("a"))
      #expect(await rig.names(1) == ["a"])
    }
  }

  @Test("names are bytes: what is not UTF-8 or would act on a terminal arrives as it is")
  func hostileNames() async throws {
    let rig = try WatchRig()
    try await rig.run {
      rig.write("line\nbreak\u{1b}[2J")
      let file = await rig.settled(1).first
      #expect(file?.path.bytes == Array("line\nbreak\u{1b}[2J".utf8))
    }
  }
}
