import DeliveryModel
import FaultSupport
import Glibc
import SystemSupport
import TestSupport
import Testing

@testable import Folders

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

  @Test("the number of its file system says nothing: overlayfs gives files another")
  func otherDevice() throws {
    try inbox.write("hello", to: "a.pdf")
    var delivered = try identity("a.pdf")
    delivered.device += 7
    #expect(try disposal(delivered).run() == .done)
    #expect(!exists("a.pdf") && exists("_sent/day/a.pdf"))
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

  // MARK: Where the file system cannot rename without replacing

  /// As time passes over what a crash left.
  private func age(_ name: String) {
    var long = [timeval(tv_sec: 1000, tv_usec: 0), timeval(tv_sec: 1000, tv_usec: 0)]
    utimes(inbox.path + "/" + name, &long)
  }

  private func everything() throws -> [String] {
    var (found, directories) = ([String](), [RelativePath.root])
    while let directory = directories.popLast() {
      let reader = try root.openDirectory(directory)
      while let entries = try reader.next() {
        for entry in entries {
          let path = directory.appending(entry.name)
          if entry.kind == .directory { directories.append(path) } else { found.append(path.escaped) }
        }
      }
    }
    return found.sorted()
  }

  @Test("without a rename that refuses to replace, a file is moved all the same, and nothing is left beside it")
  func movedReserving() throws {
    try inbox.write("hello", to: "a.pdf")
    let delivered = try identity("a.pdf")
    #expect(try CallFaults.withoutNoReplace { try disposal(delivered).run() } == .done)
    #expect(try inbox.read("_sent/day/a.pdf") == Array("hello".utf8))
    #expect(try everything() == ["_sent/day/a.pdf"])
  }

  @Test("without it, a file is deleted all the same")
  func deletedReserving() throws {
    try inbox.write("hello", to: "a.pdf")
    let delivered = try identity("a.pdf")
    let outcome = try CallFaults.withoutNoReplace {
      try disposal(delivered, to: ".s3loggerd/1", deletes: true).run()
    }
    #expect(outcome == .done)
    #expect(try everything() == [])
  }

  @Test("without it, a name that is taken is not overwritten, be the file there empty", arguments: ["earlier", ""])
  func takenReserving(content: String) throws {
    try inbox.write("hello", to: "a.pdf")
    try inbox.makeDirectory("_sent/day")
    try inbox.write(content, to: "_sent/day/a.pdf")
    let delivered = try identity("a.pdf")
    #expect(try CallFaults.withoutNoReplace { try disposal(delivered).run() } == .taken)
    #expect(try inbox.read("_sent/day/a.pdf") == Array(content.utf8))
    #expect(try inbox.read("a.pdf") == Array("hello".utf8))
  }

  @Test("a name that another process has just reserved is waited for, and used once that is surely gone")
  func reservedByOthers() throws {
    try inbox.write("hello", to: "a.pdf")
    try inbox.makeDirectory("_sent/day")
    try inbox.write("", to: "_sent/day/a.pdf", mode: 0)
    let delivered = try identity("a.pdf")
    #expect(throws: SystemCallError(call: "renameat2", code: EAGAIN, path: Array("a.pdf".utf8))) {
      try CallFaults.withoutNoReplace { try disposal(delivered).run() }
    }
    #expect(exists("a.pdf"))
    age("_sent/day/a.pdf")
    #expect(try CallFaults.withoutNoReplace { try disposal(delivered).run() } == .done)
    #expect(try inbox.read("_sent/day/a.pdf") == Array("hello".utf8))
  }

  @Test("without it, a file that was written to meanwhile comes back beside what took its name")
  func putBackReserving() throws {
    try inbox.write("hello", to: "a.pdf")
    let delivered = try identity("a.pdf")
    try inbox.makeDirectory("_sent/day")
    rename(inbox.path + "/a.pdf", inbox.path + "/_sent/day/a.pdf")
    try inbox.write("new", to: "a.pdf")
    try inbox.write("hello, more", to: "_sent/day/a.pdf")
    #expect(try CallFaults.withoutNoReplace { try disposal(delivered, deletes: true).run() } == .changed)
    #expect(try inbox.read("a.pdf") == Array("new".utf8))
    #expect(try everything() == ["a (2).pdf", "a.pdf"])
  }

  @Test("without it, the process may end before any call: the file stands in one place, and the same call goes on")
  func endedReserving() throws {
    for (target, deletes) in [("_sent/day/a.pdf", false), (".s3loggerd/1", true)] {
      var number = 1
      while true {
        try inbox.write("hello", to: "a.pdf")
        let delivered = try identity("a.pdf")
        let isEnded = CallFaults.endingWithoutNoReplace(at: number) {
          _ = try disposal(delivered, to: target, deletes: deletes).run()
        }
        let places = try everything().filter { try !inbox.read($0).isEmpty }
        #expect(places.count == 1 || deletes && places.isEmpty, "at call \(number): \(places)")
        if exists("a.pdf"), exists(target) { age(target) }
        let again = try CallFaults.withoutNoReplace { try disposal(delivered, to: target, deletes: deletes).run() }
        #expect(again == .done || deletes && again == .gone, "at call \(number)")
        #expect(try everything() == (deletes ? [] : [target]), "at call \(number)")
        try? inbox.remove("_sent")
        try? inbox.remove(".s3loggerd")
        if !isEnded { break }
        number += 1
      }
      #expect(number > 10)
    }
  }

  @Test("where no rename leads to its place it stays as it is, and that is told apart")
  func apart() throws {
    try inbox.write("hello", to: "a.pdf")
    let delivered = try identity("a.pdf")
    for deletes in [false, true] {
      let outcome = try CallFaults.failing("renameat2", EXDEV) {
        try disposal(delivered, to: deletes ? ".s3loggerd/1" : "_sent/day/a.pdf", deletes: deletes).run()
      }
      #expect(outcome == .apart)
      #expect(try everything() == ["a.pdf"])
    }
  }
}
