import DeliveryModel
import Glibc
import SystemSupport
import TestSupport
import Testing

@testable import Daemon

/// Moving and deleting finished files, and what a crash or a stranger in between leaves.
struct FileDisposalTests {
  private let inbox: TemporaryDirectory
  private let root: RootDirectory

  init() throws {
    inbox = try TemporaryDirectory()
    root = try RootDirectory(inbox.path)
  }

  private func identity(_ name: String) throws -> FileIdentity {
    let file = try root.openFile(Fixture.path(name))
    var identity = try file.status().identity
    identity.generation = FileGeneration.of(file.number)
    return identity
  }

  private func disposal(
    _ identity: FileIdentity, to target: String = "_sent/day/a.pdf", deletes: Bool = false
  ) -> FileDisposal {
    FileDisposal(
      places: ProtectedDirectories(root), path: Fixture.path("a.pdf"), identity: identity, target: Fixture.path(target),
      deletes: deletes)
  }

  private func exists(_ name: String) -> Bool { (try? root.status(of: Fixture.path(name))) != nil }

  @Test("a delivered file is moved, directories on the way made with the folder's rights")
  func moved() throws {
    try inbox.write("hello", to: "a.pdf")
    chmod(inbox.path, 0o2770)
    #expect(try disposal(try identity("a.pdf")).run() == .done)
    #expect(try inbox.read("_sent/day/a.pdf") == Array("hello".utf8))
    #expect(!exists("a.pdf"))
    #expect(try root.status(of: Fixture.path("_sent/day")).permissions == 0o2770)
  }

  @Test("a file that was changed, touched, or replaced since its delivery stays as it is", arguments: [0, 1, 2])
  func changed(how: Int) throws {
    try inbox.write("hello", to: "a.pdf")
    let delivered = try identity("a.pdf")
    usleep(20_000)
    switch how {
    case 0: try inbox.write("other", to: "a.pdf")
    case 1: chmod(inbox.path + "/a.pdf", 0o600)
    default:
      try inbox.write("hello", to: "b")
      rename(inbox.path + "/b", inbox.path + "/a.pdf")
    }
    for deletes in [false, true] {
      #expect(try disposal(delivered, deletes: deletes).run() == .changed)
      #expect(exists("a.pdf") && !exists("_sent/day/a.pdf"))
    }
  }

  @Test("a file that somebody has open for writing waits")
  func inUse() throws {
    try inbox.write("hello", to: "a.pdf")
    let delivered = try identity("a.pdf")
    let writer = open(inbox.path + "/a.pdf", O_WRONLY)
    defer { close(writer) }
    #expect(try disposal(delivered).run() == .inUse)
    #expect(exists("a.pdf"))
  }

  @Test("a name that is taken is not overwritten")
  func taken() throws {
    try inbox.write("hello", to: "a.pdf")
    try inbox.makeDirectory("_sent/day")
    try inbox.write("earlier", to: "_sent/day/a.pdf")
    #expect(try disposal(try identity("a.pdf")).run() == .taken)
    let free = FreeName.first(Array("a.pdf".utf8), in: Fixture.path("_sent/day"), of: root)
    #expect(free == Fixture.path("_sent/day/a (2).pdf"))
    #expect(try disposal(try identity("a.pdf"), to: free.escaped).run() == .done)
    #expect(try inbox.read("_sent/day/a.pdf") == Array("earlier".utf8))
  }

  @Test("after a crash behind the rename the same call finds that it is done, and deletes what is to be deleted")
  func resumed() throws {
    for deletes in [false, true] {
      try inbox.write("hello", to: "a.pdf")
      let delivered = try identity("a.pdf")
      try inbox.makeDirectory("_sent/day")
      rename(inbox.path + "/a.pdf", inbox.path + "/_sent/day/a.pdf")
      #expect(try disposal(delivered, deletes: deletes).run() == .done)
      #expect(exists("_sent/day/a.pdf") == !deletes && !exists("a.pdf"))
      // And once more, after the deletion or the move: nothing is left to do.
      #expect(try disposal(delivered, deletes: deletes).run() == (deletes ? .gone : .done))
    }
  }

  @Test("a file that was written to behind the rename comes back, beside what took its name meanwhile")
  func putBack() throws {
    try inbox.write("hello", to: "a.pdf")
    let delivered = try identity("a.pdf")
    try inbox.makeDirectory("_sent/day")
    rename(inbox.path + "/a.pdf", inbox.path + "/_sent/day/a.pdf")
    try inbox.write("new", to: "a.pdf")
    let writer = open(inbox.path + "/_sent/day/a.pdf", O_WRONLY | O_APPEND)
    _ = "more".withCString { Glibc.write(writer, $0, 4) }
    close(writer)
    #expect(try disposal(delivered, deletes: true).run() == .changed)
    #expect(try inbox.read("a.pdf") == Array("new".utf8))
    #expect(try inbox.read("a (2).pdf") == Array("hellomore".utf8))
    #expect(!exists("_sent/day/a.pdf"))
  }

  @Test("what is gone is gone, and nothing is made for it")
  func gone() throws {
    try inbox.write("hello", to: "a.pdf")
    let delivered = try identity("a.pdf")
    try inbox.remove("a.pdf")
    #expect(try disposal(delivered).run() == .gone)
    #expect(!exists("_sent"))
  }

  @Test("a link in the place of the target's directory is never followed")
  func link() throws {
    let outside = try TemporaryDirectory()
    try inbox.write("hello", to: "a.pdf")
    symlink(outside.path, inbox.path + "/_sent")
    #expect(throws: SystemCallError.self) { try disposal(try identity("a.pdf")).run() }
    #expect(exists("a.pdf"))
  }
}
