import DeliveryModel
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// A file call that does not return, whichever it is, holds up its own folder; the next folder does not notice.
@Suite("Calls that hang", .timeLimit(.minutes(5)))
struct HangingCallTests {
  /// Stands before the calls of one folder: hangs in the first of a name, or lets it fail.
  private final class Trap: Sendable {
    private let call: Mutex<String?>
    private let gate = Semaphore()
    private let entered = ThreadExit()

    init(_ call: String) { self.call = Mutex(call) }

    var seam: FileCallSeam {
      FileCallSeam { [self] name, _ in
        let isMeant = call.withLock { call in
          guard call == name else { return false }
          call = nil
          return true
        }
        guard isMeant else { return }
        entered.signal()
        gate.wait()
      }
    }

    func waitUntilEntered() async { await entered.wait() }
    func letGo() { gate.signal() }
  }

  @Test(
    "it is found out, its steps are called off, and the other folder goes on",
    arguments: ["openat", "openat2", "fstat", "getdents64", "read", "renameat2", "fstatfs"])
  func hangs(call: String) async throws {
    let directory = try TemporaryDirectory()
    for name in ["a", "b"] {
      try directory.makeDirectory(name)
      try directory.write("content", to: name + "/file")
    }
    let trap = Trap(call)
    let folders = try FolderSet(seams: ["a": trap.seam])
    try folders.use([("a", directory.path + "/a"), ("b", directory.path + "/b")])
    let (a, b) = (try #require(folders.runner(of: "a")), try #require(folders.runner(of: "b")))
    let hanging = Task { await a.perform(.read) { Self.work(in: directory.path + "/a") } }
    await trap.waitUntilEntered()
    #expect(await b.perform(.read) { Self.work(in: directory.path + "/b") } == true)
    guard case .fallsSilent = a.activity.look(at: .now + .seconds(16), wall: WallClock.now) else {
      trap.letGo()
      Issue.record("not found out")
      return
    }
    #expect(b.activity.silentSince == nil)
    a.callOffSteps()
    #expect(await hanging.value == nil)
    #expect(await a.perform(.read) { true } == nil, "nothing is taken while it hangs")
    trap.letGo()
    var answer: Bool?
    while answer == nil { answer = await a.perform(.page) { true } }
    #expect(a.activity.silentSince == nil)
    folders.end()
  }

  /// Every call that is made of a folder: opening, asking, listing, reading, renaming.
  private static func work(in path: String) -> Bool {
    do {
      let root = try RootDirectory(path)
      _ = try root.fileSystem()
      _ = try root.openDirectory(.root).next()
      let file = try root.openFile(RelativePath(unchecked: Array("file".utf8)))
      _ = try file.status()
      _ = try file.read(upTo: 10)
      let place = try root.location(.root)
      try place.rename(Array("file".utf8), to: place, as: Array("other".utf8))
      return true
    } catch {
      return false
    }
  }

  @Test("an error of a call is an error of its folder alone")
  func fails() async throws {
    let directory = try TemporaryDirectory()
    let seam = FileCallSeam { call, path throws(SystemCallError) in
      if call == "openat" { throw SystemCallError(call: "openat", code: 5, path: path) }
    }
    let folders = try FolderSet(seams: ["a": seam])
    try folders.use([("a", directory.path), ("b", directory.path)])
    let open = { @Sendable in (try? RootDirectory(directory.path)) != nil }
    #expect(await folders.runner(of: "a")?.perform(.read, open) == false)
    #expect(await folders.runner(of: "b")?.perform(.read, open) == true)
    folders.end()
  }
}
