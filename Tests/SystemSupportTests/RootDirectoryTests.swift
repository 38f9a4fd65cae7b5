import DeliveryModel
import Glibc
import SystemSupport
import TestSupport
import Testing

@Suite("Opening below a folder")
struct RootDirectoryTests {
  let directory = try? TemporaryDirectory()

  private func relative(_ text: String) -> RelativePath { RelativePath(unchecked: Array(text.utf8)) }

  @Test("a file below the folder is opened and described")
  func opensFile() throws {
    let directory = try #require(directory)
    try directory.makeDirectory("in")
    try directory.write("hello", to: "in/a.txt")
    let file = try RootDirectory(directory.path).openFile(relative("in/a.txt"))
    let status = try file.status()
    let content = try file.read(upTo: 100)
    #expect(status.identity.size == 5)
    #expect(status.kind == .file)
    #expect(content == Array("hello".utf8))
  }

  @Test("a symbolic link is refused wherever it stands", arguments: ["link", "linked/passwd"])
  func refusesLinks(path: String) throws {
    let directory = try #require(directory)
    #expect(symlink("/etc/passwd", directory.path + "/link") == 0)
    #expect(symlink("/etc", directory.path + "/linked") == 0)
    #expect(errorCode { _ = try RootDirectory(directory.path).openFile(relative(path)) } == ELOOP)
  }

  @Test("a path that leads outside is refused", arguments: ["../x", "/etc/passwd"])
  func refusesOutside(path: String) throws {
    let directory = try #require(directory)
    #expect(errorCode { _ = try RootDirectory(directory.path).openFile(relative(path)) } == EXDEV)
  }

  @Test("another mount below the folder is refused")
  func refusesMounts() throws {
    #expect(errorCode { _ = try RootDirectory("/").openFile(relative("proc/version")) } == EXDEV)
  }

  @Test("a FIFO opens at once and is told apart")
  func fifoDoesNotBlock() throws {
    let directory = try #require(directory)
    #expect(mkfifo(directory.path + "/pipe", 0o600) == 0)
    let pipe = try RootDirectory(directory.path).openFile(relative("pipe"))
    let kind = try pipe.status().kind
    #expect(kind == .special)
  }

  @Test("a path longer than the kernel takes at once is walked")
  func longPath() throws {
    let directory = try #require(directory)
    let segment = String(repeating: "d", count: 250)
    let before = open(".", O_RDONLY | O_DIRECTORY)
    defer { _ = fchdir(before); close(before) }
    #expect(chdir(directory.path) == 0)
    for _ in 0..<20 {
      #expect(mkdir(segment, 0o700) == 0)
      #expect(chdir(segment) == 0)
    }
    close(creat("deep", 0o600))
    let path = relative((Array(repeating: segment, count: 20) + ["deep"]).joined(separator: "/"))
    let file = try RootDirectory(directory.path).openFile(path)
    let kind = try file.status().kind
    #expect(kind == .file)
  }

  @Test("a replaced root is noticed")
  func replacedRoot() throws {
    let directory = try #require(directory)
    try directory.makeDirectory("root")
    let root = try RootDirectory(directory.path + "/root")
    #expect(root.isStillInPlace())
    #expect(rename(directory.path + "/root", directory.path + "/gone") == 0)
    #expect(!root.isStillInPlace())
    try directory.makeDirectory("root")
    #expect(!root.isStillInPlace())
  }

  @Test("a directory is listed whole, without itself and its parent, whatever the names")
  func listing() throws {
    let directory = try #require(directory)
    for number in 0..<2000 { close(creat(directory.path + "/file \(number)\n\u{1b}", 0o600)) }
    try directory.makeDirectory("sub")
    #expect(symlink("/", directory.path + "/link") == 0)
    let reader = try RootDirectory(directory.path).openDirectory(.root)
    var kinds: [[UInt8]: FileStatus.Kind] = [:]
    while let entries = try reader.next() {
      for entry in entries { kinds[entry.name] = entry.kind }
    }
    #expect(kinds.count == 2002)
    #expect(kinds[Array("sub".utf8)] == .directory)
    #expect(kinds[Array("link".utf8)] == .symbolicLink)
    #expect(kinds[Array("file 1999\n\u{1b}".utf8)] == .file)
  }
}

/// The `errno` of the system call error that `body` throws.
func errorCode(_ body: () throws -> Void) -> Int32? {
  do {
    try body()
    return nil
  } catch {
    return (error as? SystemCallError)?.code
  }
}
