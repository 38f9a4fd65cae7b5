import DeliveryModel
import Glibc
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// What may happen between two steps of a folder's watcher.
struct FolderStepsTests {
  @Test("a directory made again at the place of one that went while events were lost is looked through at once")
  func directoryAfterOverflow() throws {
    let folder = try SteppedFolder { try $0.makeDirectory("d") }
    try folder.directory.remove("d")
    folder.takeEvents(lost: true)
    folder.scan()
    try folder.directory.makeDirectory("d")
    try folder.directory.write("new", to: "d/x")
    folder.takeEvents()
    folder.scan()
    #expect(folder.watcher.tracker.contains(path("d/x")))
    #expect(folder.watcher.table.isWatched(path("d")))
  }

  @Test("watches of directories that went while events were lost are given up once everything was looked through")
  func watchesAfterOverflow() throws {
    let folder = try SteppedFolder { try $0.makeDirectory("d") }
    #expect(folder.watcher.table.count == 2)
    try folder.directory.remove("d")
    folder.takeEvents(lost: true)
    folder.scan()
    #expect(folder.watcher.table.count == 1)
  }

  @Test("a directory that another took the place of while events were lost is no longer listened to")
  func displacedDirectory() throws {
    let outside = try TemporaryDirectory()
    let folder = try SteppedFolder { try $0.makeDirectory("d") }
    rename(folder.directory.path + "/d", outside.path + "/d")
    try folder.directory.makeDirectory("d")
    folder.takeEvents(lost: true)
    folder.scan()
    folder.takeEvents()
    try outside.write("private", to: "d/x")
    folder.takeEvents()
    #expect(folder.watcher.scans.isIdle, "what happens elsewhere is no reason to look through everything")
    #expect(folder.watcher.tracker.count == 0)
  }

  @Test("a directory that is removed while it is looked through is no trouble")
  func removedDuringScan() throws {
    let folder = try SteppedFolder()
    try folder.directory.makeDirectory("d")
    folder.takeEvents()
    folder.watcher.scanStep(at: .now)
    try folder.directory.remove("d")
    folder.scan()
    #expect(folder.reports.allSatisfy { if case .problem = $0 { false } else { true } })
    #expect(folder.watcher.status.problem == nil)
  }

  @Test("two files that changed places (renameat2) are both taken up")
  func exchanged() throws {
    let folder = try SteppedFolder()
    for name in ["a", "b"] { try folder.directory.write(name, to: name) }
    folder.takeEvents()
    for name in ["a", "b"] { folder.watcher.tracker.forget(path(name)) }  // as if both were delivered
    // The kernel tells of both renames, one after the other.
    let (from, to) = (InotifyEvent.movedFrom, InotifyEvent.movedTo)
    folder.inject([(1, from, "a"), (1, to, "b"), (1, from, "b"), (1, to, "a")])
    #expect(folder.watcher.tracker.contains(path("a")) && folder.watcher.tracker.contains(path("b")))
    try folder.directory.remove("a")
    folder.inject([(1, to, "a"), (1, from, "a")])
    #expect(!folder.watcher.tracker.contains(path("a")), "it went on to another name")
  }

  @Test("what may not be read and is gone is not counted any more after a scan")
  func unreadableAndGone() throws {
    let folder = try SteppedFolder { try $0.makeDirectory("there") }
    for name in ["there", "gone", "gone/too"] {
      folder.watcher.refuse(path(name), isDirectory: true, SystemCallError(call: "openat2", code: EACCES))
    }
    #expect(folder.watcher.publish(at: .now).ignored == [.unreadable: 3])
    folder.watcher.scans.requestWhole(.rescan)
    folder.scan()
    #expect(folder.watcher.publish(at: .now).ignored == [:])
  }

  @Test(
    "files in a directory that may be listed but not entered are told and counted, and taken up once it may be",
    .enabled(if: geteuid() == 0, "needs root"))
  func listableDirectory() throws {
    let user = try #require(FileUser(named: "nobody"))
    let outcome = Mutex<Result<(wrong: [String], directory: TemporaryDirectory), any Error>?>(nil)
    let thread = try BlockingThread(named: "nobody") {
      let result = Result { try Self.lookInto("d", as: user) }
      outcome.withLock { $0 = result }
    }
    thread.join()
    #expect(try outcome.withLock { $0 }?.get().wrong == [])
  }

  /// What went wrong, and the folder, which only somebody else can remove: the calling thread becomes the user's.
  private static func lookInto(
    _ name: String, as user: FileUser
  ) throws -> (wrong: [String], directory: TemporaryDirectory) {
    let folder = try SteppedFolder { try $0.makeDirectory(name) }
    try folder.directory.write("x", to: name + "/x")
    chmod(folder.directory.path, 0o755)
    chown(folder.directory.path + "/" + name, user.number, user.groups[0])
    chmod(folder.directory.path + "/" + name, 0o400)
    folder.takeEvents(lost: true)
    try FileAccess.become(user)
    folder.scan()
    var wrong: [String] = []
    if folder.watcher.publish(at: .now).ignored != [.unreadable: 1] { wrong.append("not counted") }
    let told = folder.reports.contains { if case .unreadable(_, path(name + "/x"), _) = $0 { true } else { false } }
    if !told { wrong.append("not told") }
    chmod(folder.directory.path + "/" + name, 0o700)
    folder.takeEvents()
    folder.scan()
    if !folder.watcher.tracker.contains(path(name + "/x")) { wrong.append("not taken up") }
    return (wrong, folder.directory)
  }

  @Test("a scan that could not be finished is not the first scan, and is made again soon, then less and less often")
  func failingScan() throws {
    struct Broken: KnownFiles {
      struct Failure: Error {}
      func known(in directory: RelativePath, folder: String) throws -> [[UInt8]: KnownFile] { throw Failure() }
    }
    let folder = try SteppedFolder(known: Broken()) { try $0.write("x", to: "x") }
    #expect(!folder.watcher.publish(at: .now).firstScanFinished)
    var pauses: [Duration] = []
    for _ in 0..<8 {
      let next = try #require(folder.watcher.nextScan)
      pauses.append(next - .now)
      folder.watcher.scans.requestWhole(.rescan)
      folder.watcher.nextScan = nil
      folder.scan()
    }
    #expect(pauses[0] < .seconds(6) && pauses[1] > .seconds(6))
    #expect(pauses[7] > .seconds(200) && pauses[7] <= .seconds(300))
  }

  @Test("each file that is looked at is a sign of life: a slow file system is not a thread that hangs")
  func beats() throws {
    let folder = try SteppedFolder { for number in 0..<100 { try $0.write("x", to: "f\(number)") } }
    #expect(folder.beats >= 100)
    folder.watcher.settleDue(at: .now + .seconds(60))
    #expect(folder.beats >= 200)
  }
}
