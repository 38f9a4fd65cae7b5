import Glibc
import SystemSupport
import TestSupport
import Testing

@Suite("Replacing and locking files")
struct FileReplacementTests {
  let directory = try? TemporaryDirectory()

  @Test("a file is replaced whole, with its mode, and nothing is left beside it")
  func replaces() throws {
    let directory = try #require(directory)
    let path = directory.path + "/status.json"
    try AtomicFile.replace(path, with: Array("old".utf8))
    try AtomicFile.replace(path, with: Array("new".utf8), mode: 0o600)
    #expect(try SmallFile.read(path) == Array("new".utf8))
    #expect(try directory.names == ["status.json"])
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test("a replacement that fails leaves the old file and nothing else")
  func failureKeepsOld() throws {
    let directory = try #require(directory)
    try directory.makeDirectory("target")
    #expect(errorCode { try AtomicFile.replace(directory.path + "/target", with: [1]) } == EISDIR)
    #expect(try directory.names == ["target"])
  }

  @Test("whatever stands in the way, a FIFO or a link, is neither opened nor written through")
  func hostile() throws {
    let directory = try #require(directory)
    let path = directory.path + "/metrics.prom"
    try directory.write("precious", to: "other")
    #expect(mkfifo(path + ".new", 0o666) == 0 && mkfifo(path, 0o666) == 0)
    try AtomicFile.replace(path, with: Array("new".utf8))
    #expect(try SmallFile.read(path) == Array("new".utf8))
    #expect(unlink(path) == 0 && symlink(directory.path + "/other", path) == 0)
    try AtomicFile.replace(path, with: Array("newer".utf8))
    #expect(try directory.read("other") == Array("precious".utf8))
    #expect(try SmallFile.read(path) == Array("newer".utf8))
    #expect(try directory.names == ["metrics.prom", "metrics.prom.new", "other"])
  }

  @Test("a directory in which everybody may replace files is refused, one with the sticky bit is not")
  func openDirectory() throws {
    let directory = try #require(directory)
    #expect(chmod(directory.path, 0o777) == 0)
    do {
      try AtomicFile.replace(directory.path + "/f", with: [1])
      Issue.record("it was written")
    } catch {
      #expect(error.description.contains("/: everybody may replace files in this directory"))
      #expect(error.description.contains("chmod o-w"))
    }
    #expect(try directory.names == [])
    #expect(chmod(directory.path, 0o1777) == 0)
    try AtomicFile.replace(directory.path + "/f", with: [1])
  }

  @Test("what a killed run left is removed where it is surely ours, and nothing else is")
  func leftovers() throws {
    let directory = try #require(directory)
    let hex = "0123456789abcdef0123456789abcdef"
    let names = [
      ".s3loggerd.\(hex).new", ".s3loggerd.short.new", ".s3loggerd.\(hex.uppercased()).new", "status.json.new",
    ]
    // From here on this process has made a file: what another test leaves is younger.
    try AtomicFile.replace(directory.path + "/f", with: [1])
    for name in names { try directory.write("x", to: name, mode: 0o600) }
    try AtomicFile.replace(directory.path + "/f", with: [1])
    #expect(try directory.names == (names + ["f"]).sorted())
    let other = try TemporaryDirectory()
    for name in names { try other.write("x", to: name, mode: 0o600) }
    try AtomicFile.replace(other.path + "/f", with: [1])
    #expect(try other.names == (names + ["f"]).sorted(), "they may belong to a process that is at work")
  }

  @Test("a file beyond the limit is refused")
  func limit() throws {
    let directory = try #require(directory)
    try directory.write("12345", to: "f")
    #expect(try SmallFile.read(directory.path + "/f", limit: 5).count == 5)
    #expect(errorCode { _ = try SmallFile.read(directory.path + "/f", limit: 4) } == EFBIG)
  }

  @Test("a lock has one holder, and is free when the holder is gone")
  func lock() throws {
    let directory = try #require(directory)
    let path = directory.path + "/lock"
    var holder: LockFile? = try LockFile(path)
    #expect(holder != nil)
    #expect(errorCode { _ = try LockFile(path) } == EWOULDBLOCK)
    holder = nil
    #expect(errorCode { _ = try LockFile(path) } == nil)
  }
}
