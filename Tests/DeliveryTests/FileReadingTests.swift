import AWSSigning
import ContentInspection
import Cryptography
import DaemonConfiguration
import DeliveryModel
import Glibc
import HTTPTransport
import SystemSupport
import TestFixtures
import TestSupport
import Testing

@testable import Delivery

struct FileReadingTests {
  private let inbox: TemporaryDirectory

  init() throws { inbox = try TemporaryDirectory() }

  // MARK: Reading

  @Test("a small file is hashed whole, and its bytes are kept for sending")
  func small() throws {
    try inbox.write("hello", to: "a.pdf")
    let read = try read("a.pdf")
    let digest = try #require(read.digest)
    #expect(digest.prepared.sha256 == SHA256.digest(of: Array("hello".utf8)))
    #expect(digest.prepared.objectKey == "inbox/a.pdf" && digest.prepared.bucket == "files")
    #expect(digest.prepared.contentType == "application/pdf" && digest.prepared.host == "server")
    #expect(digest.partSize == nil && digest.partDigests.isEmpty)
    guard case .bytes(let body) = try #require(read.content).body(size: 5) else {
      Issue.record("not kept in memory")
      return
    }
    #expect(body == Array("hello".utf8))
  }

  @Test("an empty file is delivered like any other")
  func empty() throws {
    try inbox.write("", to: "empty")
    #expect(try read("empty").digest?.prepared.sha256 == SHA256.digest(of: [UInt8]()))
  }

  @Test("the delivery's id is that of its folder, path and content, and no time's")
  func identifier() throws {
    try inbox.write("hello", to: "a.pdf")
    let file = try settled("a.pdf")
    let content = DeliveryID.Content.digest(SHA256.digest(of: Array("hello".utf8)))
    let preimage = DeliveryID.preimage(folder: "inbox", path: file.path, content: content)
    #expect(try read("a.pdf").digest?.prepared.id == DeliveryID(digest: SHA256.digest(of: preimage)))
  }

  @Test(
    "a file of the threshold and more is hashed in parts, a smaller one whole",
    arguments: [(-1, nil), (0, 2), (1, 2)] as [(Int, Int?)])
  func parts(beyond: Int, count: Int?) throws {
    let partSize = 5 << 20
    let bytes = [UInt8](repeating: 7, count: 2 * partSize - 1 + beyond)
    try inbox.write(bytes, to: "large")
    let settings = try settings(upload: "part_size = \"5MiB\"\nmultipart_threshold = \"\(bytes.count - beyond)B\"")
    let digest = try #require(try read("large", settings: settings).digest)
    #expect(digest.prepared.sha256 == SHA256.digest(of: bytes))
    guard let count else { return #expect(digest.partSize == nil && digest.partDigests.isEmpty) }
    #expect(digest.partSize == Int64(partSize))
    #expect(digest.partDigests.count == count)
    #expect(digest.partDigests.first == SHA256.digest(of: Array(bytes[..<partSize])))
    #expect(digest.partDigests.last == SHA256.digest(of: Array(bytes[partSize...])))
  }

  @Test("an upload under way is resumed with its own part size, whatever is configured now")
  func resumedPartSize() throws {
    try inbox.write([UInt8](repeating: 7, count: 12 << 20), to: "large")
    let settings = try settings(upload: "part_size = \"5MiB\"\nmultipart_threshold = \"5MiB\"")
    let read = try read("large", settings: settings) {
      $0.multipart = MultipartProgress(uploadID: "u", partSize: 6 << 20)
    }
    #expect(read.digest?.partSize == 6 << 20 && read.digest?.partDigests.count == 2)
  }

  // MARK: What happened meanwhile

  @Test("a file that was written to since it settled is changed, even at equal size")
  func rewritten() throws {
    try inbox.write("one", to: "a")
    let file = try settled("a")
    try inbox.write("two!", to: "a")
    #expect(try read(file).outcome == .changed)
  }

  @Test("a file that was hashed is known again by its digest, whatever its times and inode are")
  func knownAgain() throws {
    try inbox.write("one", to: "a")
    let file = try settled("a")
    let prepared = try #require(try read(file).digest?.prepared)
    try inbox.write("one", to: "b")
    #expect(rename(inbox.path + "/b", inbox.path + "/a") == 0)
    let digest = try #require(try read(file) { $0.prepared = prepared }.digest)
    let now = try settled("a").identity
    #expect(digest.prepared == prepared && digest.state == now)
    try inbox.write("two", to: "a")
    #expect(try read(file) { $0.prepared = prepared }.outcome == .changed)
  }

  @Test("a file that was never read and has other permissions is read as what it is")
  func permitted() throws {
    try inbox.write("one", to: "a")
    let file = try settled("a")
    #expect(chmod(inbox.path + "/a", 0o640) == 0)
    #expect(try read(file).digest?.state?.modified == file.identity.modified)
  }

  @Test("a file replaced by another of its name is changed")
  func replaced() throws {
    try inbox.write("one", to: "a")
    let file = try settled("a")
    try inbox.write("one", to: "b")
    // Two files may be written within one tick of the file system's clock.
    var times = [timeval(tv_sec: 1000, tv_usec: 0), timeval(tv_sec: 1000, tv_usec: 0)]
    #expect(utimes(inbox.path + "/b", &times) == 0)
    #expect(rename(inbox.path + "/b", inbox.path + "/a") == 0)
    #expect(try read(file).outcome == .changed)
  }

  @Test("a file that somebody has open for writing is not taken")
  func openForWriting() throws {
    try inbox.write("one", to: "a")
    let file = try settled("a")
    let writer = open(inbox.path + "/a", O_WRONLY)
    defer { close(writer) }
    #expect(writer >= 0)
    #expect(try read(file).outcome == .changed)
  }

  @Test("a removed file is gone")
  func gone() throws {
    try inbox.write("one", to: "a")
    let file = try settled("a")
    try inbox.remove("a")
    #expect(try read(file).outcome == .gone)
  }

  @Test("a file whose directory was removed is gone")
  func directoryGone() throws {
    try inbox.makeDirectory("sub")
    try inbox.write("one", to: "sub/a")
    let file = try settled("sub/a")
    try inbox.remove("sub")
    #expect(try read(file).outcome == .gone)
  }

  @Test("where the folder itself is missing nothing is gone: its files are waited for")
  func rootMissing() throws {
    try inbox.makeDirectory("root")
    try inbox.write("one", to: "root/a")
    let root = try RootDirectory(inbox.path + "/root")
    let file = try settled("a", below: root)
    try inbox.remove("root")
    #expect(try read(file, below: root).code == "away")
  }

  @Test("where another directory stands in the folder's place nothing is gone")
  func rootReplaced() throws {
    try inbox.makeDirectory("root")
    try inbox.write("one", to: "root/a")
    let root = try RootDirectory(inbox.path + "/root")
    let file = try settled("a", below: root)
    #expect(rename(inbox.path + "/root", inbox.path + "/old") == 0)
    try inbox.makeDirectory("root")
    try inbox.remove("old/a")
    #expect(try read(file, below: root).code == "away")
  }

  @Test("on another file system than the file was on it alone waits: its mount may be missing, others are there")
  func otherDevice() throws {
    try inbox.write("one", to: "a")
    let known = try settled("a")
    var identity = known.identity
    identity.device += 1
    try inbox.remove("a")
    #expect(try read(Self.settled(known.path, identity)).code == "folder-unavailable")
  }

  @Test("a symbolic link put in the file's place, or in its directory's, is never followed")
  func symbolicLinks() throws {
    try inbox.makeDirectory("sub")
    try inbox.write("secret", to: "secret")
    try inbox.write("one", to: "a")
    try inbox.write("one", to: "sub/a")
    let (file, below) = (try settled("a"), try settled("sub/a"))
    try inbox.remove("a")
    try inbox.remove("sub")
    #expect(symlink("secret", inbox.path + "/a") == 0)
    #expect(symlink(".", inbox.path + "/sub") == 0)
    for file in [file, below] {
      let read = try read(file)
      #expect(read.digest == nil && read.content == nil)
      #expect(read.outcome == .gone)
    }
  }

  @Test("a FIFO put in the file's place does not hold the reader up", .timeLimit(.minutes(1)))
  func fifo() throws {
    try inbox.write("one", to: "a")
    let file = try settled("a")
    try inbox.remove("a")
    #expect(mkfifo(inbox.path + "/a", 0o600) == 0)
    #expect(try read(file).outcome == .changed)
  }

  @Test("a file that may not be read waits, with the reason in words")
  func permission() throws {
    try inbox.write("one", to: "a")
    #expect(chmod(inbox.path, 0o755) == 0)
    #expect(chmod(inbox.path + "/a", 0) == 0)
    let file = try settled("a")
    let root = try RootDirectory(inbox.path)
    let settings = try settings()
    let read = try asNobody { try self.read(file, below: root, settings: settings) }
    #expect(read.code == "permission")
    #expect(read.reason?.hasPrefix("a cannot be read: permission denied") == true)
  }

  // MARK: Keys

  @Test("a key longer than S3 takes has no name, with the length and the remedy in words")
  func keyTooLong() throws {
    let segment = String(repeating: "d", count: 200)
    let directory = Array(repeating: segment, count: 5).joined(separator: "/")
    try inbox.makeDirectory(directory)
    try inbox.write("one", to: directory + "/" + segment)
    guard case .unnameable(let reason) = try read(directory + "/" + segment).outcome else {
      Issue.record("it has a name")
      return
    }
    #expect(reason.contains("1211 bytes") && reason.contains("shorten"))
  }

  @Test("a repeated attempt keeps what the journal holds: the key, the host and the owner of the first")
  func frozen() throws {
    try inbox.write("hello", to: "a.pdf")
    let first = try #require(try read("a.pdf").digest).prepared
    var frozen = first
    frozen.objectKey = "old/key.pdf"
    frozen.host = "other"
    #expect(try read("a.pdf") { $0.prepared = frozen }.digest?.prepared == frozen)
  }

  @Test("where the content is another than the journal holds everything is made anew")
  func thawed() throws {
    try inbox.write("hello", to: "a.pdf")
    let first = try #require(try read("a.pdf").digest).prepared
    var stale = first
    stale.sha256 = Fixture.digest(1)
    stale.objectKey = "old/key.pdf"
    #expect(try read("a.pdf") { $0.prepared = stale }.digest?.prepared == first)
  }

  @Test("a delivery prepared for another bucket names the bucket that it goes to now")
  func otherBucket() throws {
    try inbox.write("hello", to: "a.pdf")
    var frozen = try #require(try read("a.pdf").digest).prepared
    frozen.bucket = "former"
    #expect(try read("a.pdf") { $0.prepared = frozen }.digest?.prepared.bucket == "files")
  }

  // MARK: Helpers

  /// Runs `body` without root's right to read everything, on this thread alone (setfsuid(2), which Swift's Glibc lacks).
  private func asNobody(_ body: () throws -> HashedFile) throws -> HashedFile {
    typealias Call = @convention(c) (UInt32) -> Int32
    let setUser = unsafeBitCast(try #require(dlsym(nil, "setfsuid")), to: Call.self)
    let user = setUser(65_534)
    defer { _ = setUser(UInt32(user)) }
    return try body()
  }

  private func settings(upload: String = "", folder: String = "") throws -> EngineSettings {
    let text = """
      [aws]
      region = "eu-south-1"
      bucket = "files"
      table = "records"
      [upload]
      \(upload)
      [[folder]]
      name = "inbox"
      path = "\(inbox.path)"
      \(folder)
      """
    let outcome = ConfigurationLoader.parse(Array(text.utf8), file: "test", environment: [:])
    let configuration = try #require(outcome.configuration, "\(outcome.diagnostics)")
    return EngineSettings(configuration: configuration, host: "server")
  }

  private static func settled(_ path: RelativePath, _ identity: FileIdentity) -> SettledFile {
    SettledFile(
      folder: "inbox", path: path, identity: identity, owner: 0, received: Fixture.wall, settled: Fixture.wall,
      evidence: .lease, discovery: .event)
  }

  /// The file as the watcher would hand it over now.
  private func settled(_ name: String, below root: RootDirectory? = nil) throws -> SettledFile {
    let path = Fixture.path(name)
    let root = try root ?? RootDirectory(inbox.path)
    return Self.settled(path, try root.status(of: path).identity)
  }

  private func read(
    _ name: String, settings: EngineSettings? = nil, _ change: (inout Delivery) -> Void = { _ in }
  ) throws -> HashedFile {
    try read(settled(name), settings: settings, change)
  }

  private func read(
    _ file: SettledFile, below root: RootDirectory? = nil, settings: EngineSettings? = nil,
    _ change: (inout Delivery) -> Void = { _ in }
  ) throws -> HashedFile {
    let settings = try settings ?? self.settings()
    var delivery = Delivery(number: 1, file: file, nextAttempt: Fixture.wall)
    change(&delivery)
    let folder = try #require(settings.configuration.folders.first)
    let reading = FileReading(delivery: delivery, folder: folder, settings: settings, ownerNames: UserNames())
    let below = try root ?? RootDirectory(inbox.path)
    switch reading.read(below: below) {
    case .finished(let file): return file
    case .inspect(let opened, let question):
      return reading.finish(opened, .inspected(try question.answer(nil), magic: nil), below: below)
    case .ahead:
      Issue.record("sent while it is read, which nobody asked for")
      return HashedFile(number: 1, outcome: .changed, content: nil)
    }
  }
}

extension HashedFile {
  fileprivate var digest: FileDigest? { if case .hashed(let digest) = outcome { digest } else { nil } }
  fileprivate var code: String? {
    switch outcome {
    case .unreadable(let code, _): code
    case .away: "away"
    default: nil
    }
  }
  fileprivate var reason: String? { if case .unreadable(_, let reason) = outcome { reason } else { nil } }
}
