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
    #expect(access(path + ".new", F_OK) == -1)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test("a replacement that fails leaves the old file and nothing else")
  func failureKeepsOld() throws {
    let directory = try #require(directory)
    try directory.makeDirectory("target")
    #expect(errorCode { try AtomicFile.replace(directory.path + "/target", with: [1]) } == EISDIR)
    #expect(access(directory.path + "/target.new", F_OK) == -1)
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
