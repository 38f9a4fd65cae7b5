import DeliveryModel
import Glibc
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// Directories that stand for others, on a real file system.
struct ProtectedDirectoriesTests {
  private let inbox: TemporaryDirectory
  private let root: RootDirectory

  init() throws {
    inbox = try TemporaryDirectory()
    root = try RootDirectory(inbox.path)
    try inbox.makeDirectory("HR/letters")
  }

  private var places: ProtectedDirectories { ProtectedDirectories(root) { _ in nil } }
  private func mode(_ path: String) throws -> UInt32 { try root.status(of: Fixture.path(path)).permissions }
  private func open(_ target: String, like source: String) throws -> HeldDirectory {
    try places.open(Fixture.path(target), like: source.isEmpty ? .root : Fixture.path(source))
  }

  @Test("each level has the rights of the one that it stands for, and what comes before, those of the folder")
  func levels() throws {
    chmod(inbox.path, 0o751)
    chmod(inbox.path + "/HR", 0o710)
    chmod(inbox.path + "/HR/letters", 0o1700)
    _ = try open("_sent/day/HR/letters", like: "HR/letters")
    #expect(
      try ["_sent", "_sent/day", "_sent/day/HR", "_sent/day/HR/letters"].map(mode) == [0o751, 0o751, 0o710, 0o1700])
    // Once more, it is the same.
    _ = try open("_sent/day/HR/letters", like: "HR/letters")
    #expect(places.free(for: Fixture.path("HR/letters"), in: Fixture.path("_sent")).escaped == "_sent/HR/letters")
  }

  @Test("one of ours that lets others in is closed before anything goes there; a narrower one is left as it is")
  func existing() throws {
    chmod(inbox.path + "/HR", 0o700)
    try inbox.makeDirectory("_sent/HR")
    chmod(inbox.path + "/_sent/HR", 0o777)
    _ = try open("_sent/HR", like: "HR")
    #expect(try mode("_sent/HR") == 0o700)
    chmod(inbox.path + "/HR", 0o755)
    #expect(throws: SystemCallError.differs) { try open("_sent/HR", like: "HR") }
    #expect(places.free(for: Fixture.path("HR"), in: Fixture.path("_sent")).escaped == "_sent/HR (2)")
    #expect(try mode("_sent/HR") == 0o700)
  }

  @Test("a narrower place of people's own making is used, and one that others own is not", .enabled(if: getuid() == 0))
  func placesOfOthers() throws {
    chmod(inbox.path, 0o755)
    try inbox.makeDirectory("_sent")
    chmod(inbox.path + "/_sent", 0o700)
    _ = try open("_sent", like: "")
    #expect(try mode("_sent") == 0o700)
    chown(inbox.path + "/_sent", 4002, 4002)
    #expect(throws: SystemCallError.differs) { try open("_sent", like: "") }
  }

  @Test("what a crash left under the name aside is no hindrance, nor what somebody else keeps there")
  func aside() throws {
    try inbox.makeDirectory(".s3loggerd.directory")
    _ = try open("_sent", like: "")
    #expect(try inbox.names == ["HR", "_sent"])
    try inbox.makeDirectory(".s3loggerd.directory/busy")
    _ = try open("_done", like: "")
    #expect(try inbox.names == [".s3loggerd.directory", "HR", "_done", "_sent"])
  }

  @Test(
    "a workplace is ours alone, or it is none", .enabled(if: getuid() == 0),
    arguments: [0o700, 0o770, 0o777] as [UInt32])
  func workplace(mode: UInt32) throws {
    let name = Fixture.path(".s3loggerd")
    _ = try places.workplace(name)
    #expect(try self.mode(".s3loggerd") == 0o700)
    chmod(inbox.path + "/.s3loggerd", mode)
    if mode == 0o700 {
      _ = try places.workplace(name)
      chown(inbox.path + "/.s3loggerd", 4002, 4002)
    }
    #expect(throws: SystemCallError.foreign) { try places.workplace(name) }
    rmdir(inbox.path + "/.s3loggerd")
    symlink("HR", inbox.path + "/.s3loggerd")
    #expect(throws: SystemCallError.foreign) { try places.workplace(name) }
  }

  @Test("a directory that was removed is made again as the one that stood for it, else for the daemon alone")
  func reopened() throws {
    chmod(inbox.path + "/HR", 0o751)
    _ = try open("_sent/HR", like: "HR")
    rmdir(inbox.path + "/HR/letters")
    rmdir(inbox.path + "/HR")
    _ = try places.reopen(Fixture.path("HR"), as: Fixture.path("_sent/HR"))
    #expect(try mode("HR") == 0o751)
    rmdir(inbox.path + "/HR")
    _ = try places.reopen(Fixture.path("HR"), as: nil)
    #expect(try mode("HR") == 0o700)
  }

  @Test("a directory is open where all may list it and every one before it")
  func open() throws {
    chmod(inbox.path, 0o755)
    chmod(inbox.path + "/HR", 0o755)
    #expect(places.isOpen(Fixture.path("HR/letters")))
    chmod(inbox.path + "/HR", 0o711)
    #expect(!places.isOpen(Fixture.path("HR")) && !places.isOpen(Fixture.path("HR/letters")))
    #expect(!places.isOpen(Fixture.path("gone")) && places.isOpen(.root))
  }

  @Test(
    "a new directory is durable in the one that it is in before anything goes there; one that is there costs nothing")
  func durable() throws {
    let calls = Mutex<[String]>([])
    FileCallSeam { call, _ in calls.withLock { $0.append(call) } }.install()
    _ = try open("_sent/day", like: "")
    FileCallSeam.remove()
    #expect(
      calls.withLock { $0 }.filter { ["renameat", "fsync"].contains($0) } == ["renameat", "fsync", "renameat", "fsync"])
    calls.withLock { $0 = [] }
    FileCallSeam { call, _ in calls.withLock { $0.append(call) } }.install()
    _ = try open("_sent/day", like: "")
    FileCallSeam.remove()
    #expect(!calls.withLock { $0 }.contains("fsync"))
  }
}
