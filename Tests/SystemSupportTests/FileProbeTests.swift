import DeliveryModel
import Glibc
import SystemSupport
import TestSupport
import Testing

@Suite("Asking about a file")
struct FileProbeTests {
  let directory = try? TemporaryDirectory()
  let name = RelativePath(unchecked: Array("a".utf8))

  @Test("a writer that has the file open is seen, and that it left")
  func lease() throws {
    LeaseProbe.prepare()
    let directory = try #require(directory)
    let writer = open(directory.path + "/a", O_WRONLY | O_CREAT, 0o600)
    let file = try RootDirectory(directory.path).openFile(name)
    #expect(LeaseProbe.ask(file.number) == .writerOpen)
    close(writer)
    #expect(LeaseProbe.ask(file.number) == .noWriter)
  }

  @Test("the lease is given back at once: a writer may open the file")
  func leaseReturned() throws {
    LeaseProbe.prepare()
    let directory = try #require(directory)
    try directory.write("", to: "a")
    let file = try RootDirectory(directory.path).openFile(name)
    #expect(LeaseProbe.ask(file.number) == .noWriter)
    let writer = open(directory.path + "/a", O_WRONLY | O_NONBLOCK)
    #expect(writer >= 0)
    close(writer)
  }

  @Test("a generation is the same by descriptor and by name, and differs between files")
  func generation() throws {
    let directory = try #require(directory)
    try directory.write("", to: "a")
    try directory.write("", to: "b")
    let root = try RootDirectory(directory.path)
    let file = try root.openFile(name)
    let reader = try root.openDirectory(.root)
    let generation = FileGeneration.of(file.number)
    #expect(generation != 0)
    #expect(reader.generation(of: Array("a".utf8)) == generation)
    #expect(reader.generation(of: Array("b".utf8)) != generation)
  }

  @Test("an error names the call, the escaped path and what it means")
  func errorText() {
    let error = SystemCallError(call: "openat2", code: EACCES, path: Array("a\n\u{1b}".utf8))
    #expect(error.description == #"a\n\x1b: permission denied for the user that runs the daemon (openat2: EACCES)"#)
  }

  @Test("a remote file system is told from a local one")
  func fileSystems() throws {
    #expect(FileSystemKind(magic: 0x6969).remoteName == "NFS")
    #expect(FileSystemKind(magic: Int64(Int32(bitPattern: 0xff53_4d42))).remoteName == "CIFS")
    #expect(try RootDirectory("/proc").fileSystem().remoteName == nil)
  }

  @Test("users are known by name, unknown ones by none")
  func users() {
    let names = UserNames()
    #expect(names.name(of: 0) == "root")
    #expect(names.name(of: 0) == "root")
    #expect(names.name(of: 4_000_000_000) == nil)
  }

  @Test(
    "a file's time is what was set, to the second where 64 bits of nanoseconds do not reach",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (9_199_999_999, "2261-07-15T11:33:19.000Z"),
      (9_200_000_000, "2261-07-15T11:33:20.000Z"),
      (9_223_372_037, "2262-04-11T23:47:17.000Z"), (10_413_792_000, "2300-01-01T00:00:00.000Z"),
    ])
  func farTimes(seconds: Int, expected: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write("x", to: "a")
    var times = [timeval(tv_sec: seconds, tv_usec: 0), timeval(tv_sec: seconds, tv_usec: 0)]
    try #require(utimes(directory.path + "/a", &times) == 0)
    let status = try RootDirectory(directory.path).status(of: RelativePath(unchecked: Array("a".utf8)))
    #expect(status.identity.modifiedAt.iso8601 == expected)
  }

  @Test(
    "a file system gives each change a time of its own, or two within a tick may have the same",
    arguments: [
      (0xef53, "6.12.48+deb13-amd64", false), (0xef53, "6.13.0", true), (0x5846_5342, "6.13-rc1", true),
      (0x9123_683e, "7.0", true), (0x0102_1994, "10.1.2", true), (0x4d44, "6.18.1", false), (0xef53, "", false),
    ] as [(Int64, String, Bool)])
  func changeTicks(magic: Int64, kernel: String, isFine: Bool) {
    #expect(FileSystemKind(magic: magic).changeTick(onKernel: kernel) == (isFine ? .zero : .milliseconds(12)))
  }
}
