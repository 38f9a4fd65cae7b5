import DeliveryModel
import Glibc
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

@Suite("A directory that is another folder's own, by another path")
struct NeighbourTests {
  private static func seen(_ path: String, _ inode: UInt64, generation: UInt64 = 7) -> FolderRoot {
    FolderRoot(path: Array(path.utf8), device: 1, inode: inode, generation: generation)
  }

  private static func identity(_ inode: UInt64) -> FileIdentity {
    FileIdentity(device: 1, inode: inode, size: 0, modified: 0, changed: 0)
  }

  private static func claim(
    _ places: RootPlaces, _ folder: String, _ path: String, _ inode: UInt64, isCovered: Bool = false
  ) -> RootPlaces.Claim {
    places.claim(folder, Array(path.utf8), identity(inode), seen(path, inode), isCovered: isCovered)
  }

  @Test("it is the folder's whose root it is, and of nobody else")
  func holder() {
    let places = RootPlaces(own: [])
    #expect(Self.claim(places, "a", "/srv/a", 10) == .new && Self.claim(places, "b", "/mnt/b", 20) == .new)
    #expect(places.holder(of: Self.identity(20), for: "a") { 7 } == "b")
    #expect(places.holder(of: Self.identity(20), for: "b") { 7 } == nil)
    #expect(places.holder(of: Self.identity(20), for: "a") { 8 } == nil, "another one that has the number now")
    #expect(places.holder(of: Self.identity(30), for: "a") { 7 } == nil)
    #expect(Self.claim(places, "b", "/mnt/b", 20) == .known)
    #expect(Self.claim(places, "c", "/mnt/c", 20) != .new, "one directory is one folder")
  }

  @Test("who left it to a folder hears that this is gone")
  func release() {
    let places = RootPlaces(own: [])
    _ = Self.claim(places, "a", "/srv/a", 10)
    _ = Self.claim(places, "b", "/mnt/b", 20)
    _ = places.holder(of: Self.identity(20), for: "a") { 7 }
    #expect(places.release("b") == ["a"])
    #expect(places.release("b").isEmpty && places.holder(of: Self.identity(20), for: "a") { 7 } == nil)
  }

  @Test("what was mounted at a folder's place stays the folder's while it is not; what was replaced does not")
  func covered() {
    let places = RootPlaces(own: [])
    _ = Self.claim(places, "b", "/mnt/b", 20)
    #expect(Self.claim(places, "b", "/mnt/b", 21, isCovered: true) == .new)
    #expect(places.holder(of: Self.identity(20), for: "a") { 7 } == "b")
    #expect(Self.claim(places, "b", "/mnt/b", 22) == .new)
    #expect(places.holder(of: Self.identity(20), for: "a") { 7 } == nil)
  }

  /// The directory of another folder, as long as there is one.
  private final class Other: Sendable {
    let directory = Mutex<(device: UInt64, inode: UInt64)?>(nil)

    var neighbours: Neighbours {
      Neighbours(holder: { [self] _, identity, _ in
        directory.withLock { $0.map { $0 == (identity.device, identity.inode) } ?? false } ? "other" : nil
      })
    }

    func have(_ path: String) {
      var status = stat()
      stat(path, &status)
      directory.withLock { $0 = (UInt64(status.st_dev), UInt64(status.st_ino)) }
    }
  }

  @Test("nothing in it is taken, watched or waited for, and that is said once")
  func left() throws {
    let other = Other()
    let folder = try SteppedFolder(neighbours: other.neighbours) { directory in
      try directory.makeDirectory("sub/deep")
      try directory.write("a", to: "sub/deep/a.txt")
      try directory.write("b", to: "b.txt")
      other.have(directory.path + "/sub")
    }
    let watcher = folder.watcher
    #expect(watcher.tracker.contains(Fixture.path("b.txt")) && watcher.tracker.count == 1)
    #expect(!watcher.table.isWatched(Fixture.path("sub")) && !watcher.table.isWatched(Fixture.path("sub/deep")))
    watcher.scans.requestWhole(.rescan)
    folder.scan()
    #expect(watcher.status.ignored == [.otherFolder: 1])
    let said = folder.reports.filter { if case .left = $0 { true } else { false } }
    #expect(said == [.left(folder: "inbox", path: Fixture.path("sub"), to: "other")])
    // The other one is gone.
    other.directory.withLock { $0 = nil }
    watcher.scans.requestWhole(.rescan)
    folder.scan()
    #expect(watcher.tracker.contains(Fixture.path("sub/deep/a.txt")))
    #expect(watcher.table.isWatched(Fixture.path("sub/deep")))
    // And there again.
    other.have(folder.directory.path + "/sub")
    watcher.scans.requestWhole(.rescan)
    folder.scan()
    #expect(!watcher.tracker.contains(Fixture.path("sub/deep/a.txt")) && !watcher.table.isWatched(Fixture.path("sub")))
  }

  @Test("a first scan waits until all folders were opened, and not long")
  func held() throws {
    let watcher = try SteppedFolder(neighbours: Neighbours(areOpened: { false })).watcher
    #expect(!watcher.canScan && watcher.nextDeadline != nil)
    watcher.reviewHold(at: .now)
    #expect(!watcher.canScan)
    watcher.reviewHold(at: .now + .seconds(2))
    #expect(watcher.canScan)
  }
}
