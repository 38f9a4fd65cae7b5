import DeliveryModel
import Foundation
import SystemSupport
import Testing

@testable import Folders

@Suite("Scanning a folder", .timeLimit(.minutes(5)))
struct RescanTests {
  @Test("files from before the start are found; those at rest at once, those known not again")
  func startScan() async throws {
    let rig = try WatchRig(settle: .milliseconds(1))
    rig.makeDirectory("d")
    for name in ["a", "d/b", ".hidden"] { rig.write(name) }
    try await rig.run {
      let found = await rig.settled(2)
      #expect(found.map { $0.path.escaped }.sorted() == ["a", "d/b"])
      #expect(found.allSatisfy { $0.discovery == .startScan })
      await rig.sentinel("first")
      #expect(rig.status?.ignored == [.temporary: 1])
      #expect(rig.status?.firstScanFinished == true)
      rig.watcher.rescan(folder: "inbox")
      _ = await rig.report { if case .scanned(_, .rescan, _, _) = $0 { true } else { false } }
      rig.write("c")
      #expect(await rig.names(1) == ["c"])
      #expect(rig.status?.missedEvents == 0)
    }
  }

  @Test("a file that the journal has in its present state is not handed over after a restart; a withdrawn one is")
  func knownFiles() async throws {
    let rig = try WatchRig(settle: .milliseconds(1))
    for (name, state) in [("done", DeliveryState.logged), ("withdrawn", .withdrawn)] {
      rig.write(name)
      let identity = try RootDirectory(rig.root).status(of: path(name)).identity
      let now = WallClock.now
      rig.journal.add(
        [
          SettledFile(
            folder: "inbox", path: path(name), identity: identity, owner: 0, received: now, settled: now,
            evidence: .lease, discovery: .event)
        ], state: state)
    }
    try await rig.run {
      rig.write("new")
      #expect(await rig.names(2) == ["new", "withdrawn"])
    }
  }

  @Test("the generation of a file is asked for only where another one may have its inode number and ctime")
  func generations() async throws {
    let rig = try WatchRig(settle: .milliseconds(1))
    for (name, outlasted) in [("young", false), ("old", true)] {
      rig.write(name)
      var identity = try RootDirectory(rig.root).status(of: path(name)).identity
      identity.generation = 4711
      let now = WallClock.now
      let file = SettledFile(
        folder: "inbox", path: path(name), identity: identity, owner: 0, received: now, settled: now, evidence: .lease,
        discovery: .event)
      rig.journal.add([file], state: .logged, outlasted: outlasted)
    }
    try await rig.run {
      rig.write("new")
      #expect(await rig.names(2) == ["new", "young"])
    }
  }

  @Test("a file whose events were lost is found by the rescan, counted and told")
  func missedEvent() async throws {
    let rig = try WatchRig()
    try await rig.run {
      rig.watcher.post(.discard(true), folder: "inbox")
      rig.watcher.rescan(folder: nil)  // the answer proves that the events before are no longer read
      _ = await rig.report { if case .scanned = $0 { true } else { false } }
      rig.write("lost")
      rig.watcher.rescan(folder: nil)
      let file = await rig.settled(1).first
      #expect(file?.path.escaped == "lost")
      #expect(file?.discovery == .rescan)
      #expect(
        await rig.report { if case .missed = $0 { true } else { false } }
          == .missed(folder: "inbox", path: path("lost")))
    }
    #expect(rig.status?.missedEvents == 1)
  }

  @Test("after an overflow everything is scanned, and the overflow is counted")
  func overflow() async throws {
    let rig = try WatchRig()
    try await rig.run {
      rig.watcher.post(.discard(true), folder: "inbox")
      rig.watcher.rescan(folder: nil)
      _ = await rig.report { if case .scanned = $0 { true } else { false } }
      rig.makeDirectory("d")
      rig.write("d/x")
      rig.watcher.post(.inject(InotifyEvents.encode(watch: -1, mask: InotifyEvent.overflow)), folder: "inbox")
      #expect(await rig.report { $0 == .overflow(folder: "inbox") } != nil)
      #expect(await rig.names(1) == ["d/x"])
    }
    #expect(rig.status?.overflows == 1)
    #expect(rig.status?.directories == 2)
  }

  @Test("an event of an unknown watch causes a rescan")
  func unknownWatch() async throws {
    let rig = try WatchRig()
    try await rig.run {
      let event = InotifyEvents.encode(watch: 4711, mask: InotifyEvent.closedWriting, name: Array("x".utf8))
      rig.watcher.post(.inject(event), folder: "inbox")
      #expect(await rig.report { if case .scanned(_, .rescan, _, _) = $0 { true } else { false } } != nil)
    }
  }

  @Test("a folder that goes away is unavailable, and is watched again when it is back")
  func rootReplaced() async throws {
    let rig = try WatchRig()
    try await rig.run {
      rename(rig.root, rig.root + ".away")
      #expect(await rig.report { if case .unavailable = $0 { true } else { false } } != nil)
      rename(rig.root + ".away", rig.root)
      rig.write("back")
      #expect(await rig.report { $0 == .available(folder: "inbox") } != nil)
      #expect(await rig.names(1) == ["back"])
      rig.write("live")
      #expect(await rig.names(1) == ["live"])
    }
  }

  @Test("a reload that changes a folder's settings takes back neither what was missed nor that its file system is away")
  func changedSettings() throws {
    let former = try SteppedFolder()
    former.takeEvents(lost: true)
    former.watcher.wasMounted = true
    let next = try SteppedFolder(after: former)
    #expect(next.watcher.publish(at: .now).overflows == 1)
    #expect(!next.watcher.status.available, "a file system was mounted there, and none is now")
  }

  @Test("a polled folder finds new files by itself")
  func polled() async throws {
    let rig = try WatchRig(settle: .milliseconds(20)) {
      $0.mode = .poll
      $0.pollInterval = .milliseconds(30)
    }
    try await rig.run {
      rig.makeDirectory("d")
      rig.write("d/x")
      let file = await rig.settled(1).first
      #expect(file?.path.escaped == "d/x")
      #expect(file?.discovery == .poll)
      #expect(rig.status?.mode == .poll)
      #expect(rig.status?.directories == 0)
    }
  }

  @Test("a folder that is not recursive counts its directories and leaves them alone")
  func notRecursive() async throws {
    let rig = try WatchRig { $0.recursive = false }
    rig.makeDirectory("d")
    rig.write("d/x")
    try await rig.run {
      await rig.sentinel("first")
      rig.makeDirectory("e")
      rig.write("e/x")
      rig.write("y")
      #expect(await rig.names(1) == ["y"])
      #expect(rig.status?.ignored[.subdirectory] == 1)
      #expect(rig.status?.directories == 1)
    }
  }

  @Test("a tree 3,000 deep is looked through to its end: what no path can name is counted, the rest is taken")
  func deepTree() async throws {
    let rig = try WatchRig(settle: .milliseconds(1))
    rig.makeDeepTree(levels: 3000, fileEvery: 1000)
    try await rig.run {
      // Each level is two bytes: level 2,000 has 4,000 bytes before the name of its file, level 3,000 has 6,000.
      #expect(Set(await rig.settled(2).map { $0.path.bytes.count }) == [2001, 4001])
      await rig.sentinel("first")
      #expect(rig.status?.ignored == [.tooLong: 1])
      #expect(rig.status?.directories == 2049)
      rig.watcher.rescan(folder: nil)
      _ = await rig.report { if case .scanned = $0 { true } else { false } }
      await rig.sentinel("second")
      #expect(rig.status?.ignored == [.tooLong: 1])
      #expect(rig.status?.missedEvents == 0)
    }
  }

  @Test("names of 255 bytes, nested beyond 4,096 bytes, are counted where they cannot be taken")
  func longPaths() async throws {
    let rig = try WatchRig(settle: .milliseconds(1))
    rig.makeDeepTree(levels: 40, fileEvery: 10, name: String(repeating: "n", count: 255))
    try await rig.run {
      #expect(await rig.settled(1).first?.path.bytes.count == 2561)
      await rig.sentinel("first")
      #expect(rig.status?.ignored == [.tooLong: 3])
    }
  }

  @Test("a reload keeps unchanged folders and takes up new ones")
  func reload() async throws {
    let rig = try WatchRig()
    let other = try WatchRig()
    other.write("x")
    try await rig.run {
      let inbox = WatchedFolder(name: "inbox", path: rig.root, settle: .zero, rescan: .seconds(3600))
      let second = WatchedFolder(name: "second", path: other.root, settle: .milliseconds(1))
      try rig.watcher.update([inbox, second])
      #expect(await rig.settled(1).first?.folder == "second")
      rig.write("y")
      #expect(await rig.settled(1).first?.folder == "inbox")
      #expect(rig.watcher.status().map(\.name) == ["inbox", "second"])
    }
  }
}
