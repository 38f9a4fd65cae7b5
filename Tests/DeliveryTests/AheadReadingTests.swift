import AWSSigning
import Cryptography
import DaemonConfiguration
import DeliveryModel
import Glibc
import HTTPTransport
import Synchronization
import SystemSupport
import TestFixtures
import TestSupport
import Testing

@testable import Delivery

/// Reading a file of five parts that is sent meanwhile.
struct AheadReadingTests {
  private let inbox: TemporaryDirectory
  private let posted = Posted()
  private static let partSize = 5 << 20
  private let bytes =
    (0..<20).flatMap { [UInt8](repeating: UInt8($0 + 1), count: 1 << 20) } + Array("the end".utf8)

  private final class Posted: Sendable {
    private let parts = Mutex<[ReadPart]>([])
    func take(_ part: ReadPart) { parts.withLock { $0.append(part) } }
    var all: [ReadPart] { parts.withLock { $0 } }
  }

  init() throws {
    inbox = try TemporaryDirectory()
    try inbox.write(bytes, to: "large")
  }

  private func reading(
    folder: String = "", upload: String = "", policy: ChecksumPolicy = ChecksumPolicy(), isOverTLS: Bool = true,
    discovery: Discovery = .event,
    _ change: (inout Delivery) -> Void = { _ in }
  ) throws -> FileReading {
    let text = """
      [aws]
      region = "eu-south-1"
      bucket = "files"
      table = "records"
      [upload]
      part_size = "5MiB"
      multipart_threshold = "5MiB"
      \(upload)
      [[folder]]
      name = "inbox"
      path = "\(inbox.path)"
      \(folder)
      """
    let outcome = ConfigurationLoader.parse(Array(text.utf8), file: "test", environment: [:])
    let configuration = try #require(outcome.configuration, "\(outcome.diagnostics)")
    let path = Fixture.path("large")
    let file = SettledFile(
      folder: "inbox", path: path, identity: try RootDirectory(inbox.path).status(of: path).identity, owner: 0,
      received: Fixture.wall, settled: Fixture.wall, evidence: .lease, discovery: discovery)
    var delivery = Delivery(number: 1, file: file, nextAttempt: Fixture.wall, arrival: ArrivalID(bytes: Array(0..<16)))
    change(&delivery)
    var reading = FileReading(
      delivery: delivery, folder: try #require(configuration.folders.first),
      settings: EngineSettings(configuration: configuration, host: "server"), ownerNames: UserNames())
    reading.checksums = policy
    reading.ahead = FileReading.Ahead(memory: PartMemory(), isOverTLS: isOverTLS) { [posted] in posted.take($0) }
    return reading
  }

  private static let certain = ChecksumPolicy(setting: .auto, place: "here", isAmazons: true)

  /// Reads to the end, as long as `goOn` says with memory.
  private func finish(
    _ reading: FileReading, _ file: AheadReading, goOn: (Int) throws -> Bool = { _ in true }
  ) throws -> HashOutcome {
    let root = try RootDirectory(inbox.path)
    var part = 1
    while true {
      let count = try #require(file.next)
      let memory =
        try goOn(part) ? BodyMemory(.allocate(byteCount: count, alignment: 4096)) { $0.deallocate() } : nil
      part += 1
      guard let step = reading.goOn(with: file, memory, below: root) else { continue }
      guard case .finished(let hashed) = step else { throw SystemCallError(call: "finish", code: EINVAL) }
      return hashed.outcome
    }
  }

  private func begin(_ reading: FileReading) throws -> AheadReading? {
    if case .ahead(let file) = reading.read(below: try RootDirectory(inbox.path)) { file } else { nil }
  }

  private func slice(_ part: Int) -> [UInt8] {
    Array(bytes[(part - 1) * Self.partSize..<min(part * Self.partSize, bytes.count)])
  }

  private func digest(_ outcome: HashOutcome) throws -> FileDigest {
    guard case .hashed(let digest) = outcome else { throw SystemCallError(call: "hash", code: EINVAL) }
    return digest
  }

  @Test("every part is handed over from the memory it was hashed in, and the whole has the digest of its bytes")
  func whole() throws {
    let reading = try reading(isOverTLS: false)
    let file = try #require(try begin(reading))
    let digest = try digest(try finish(reading, file))
    #expect(digest.prepared.sha256 == SHA256.digest(of: bytes))
    #expect(digest.partDigests == (1...5).map { SHA256.digest(of: slice($0)) })
    #expect(posted.all.map(\.part) == [1, 2, 3, 4, 5])
    #expect(posted.all.map { $0.checksums.sha256 } == digest.partDigests)
    #expect(posted.all[0].begins?.target.isOf(digest.prepared) == true)
    #expect(posted.all.dropFirst().allSatisfy { $0.begins == nil })
    for part in 1...5 {
      let memory = try #require(file.stream.memory(of: part))
      #expect(Array(memory.bytes) == slice(part))
    }
  }

  @Test("over TLS a part has no SHA-256 of its own, as long as nobody demands one", arguments: [false, true])
  func unsigned(isDemanded: Bool) throws {
    var policy = Self.certain
    if isDemanded { _ = policy.foundUnsignedRefused() }
    let reading = try reading(policy: policy)
    let file = try #require(try begin(reading))
    let digest = try digest(try finish(reading, file))
    #expect(digest.partDigests.contains(PartDigests.unknown) == !isDemanded)
    #expect(digest.partCRC64.count == 5 && digest.prepared.sha256 == SHA256.digest(of: bytes))
  }

  @Test("once the upload does not go on, the rest is hashed, and what was kept is signed", arguments: [1, 3])
  func alone(from last: Int) throws {
    let reading = try reading(policy: Self.certain)
    let file = try #require(try begin(reading))
    let digest = try digest(
      try finish(reading, file) { part in
        if part == last + 1 { file.stream.letGo() }
        return part <= last
      })
    #expect(digest.partDigests == (1...5).map { SHA256.digest(of: slice($0)) })
    #expect(file.stream.memory(of: last) == nil, "its memory is free")
    #expect(posted.all.map(\.part) == Array(1...last))
  }

  @Test("a file that is written to or cut short meanwhile is changed", arguments: [true, false])
  func changed(isCut: Bool) throws {
    let reading = try reading()
    let file = try #require(try begin(reading))
    let outcome = try finish(reading, file) { part in
      if part == 2 {
        let other = isCut ? Array(bytes.prefix(Self.partSize + 3)) : bytes + [1]
        try inbox.write(other, to: "large")
      }
      return true
    }
    #expect(outcome == .changed || outcome == .touched)
  }

  @Test("what its content decides, or an earlier delivery may, is hashed first")
  func hashedFirst() throws {
    func isAhead(
      folder: String = "", upload: String = "", discovery: Discovery = .event,
      _ change: (inout Delivery) -> Void = { _ in }
    ) throws -> Bool {
      try begin(reading(folder: folder, upload: upload, discovery: discovery, change)) != nil
    }
    #expect(try isAhead())
    #expect(try !isAhead(folder: "key = \"{folder}/{id}/{path}\""))
    #expect(try !isAhead(folder: "key = \"{folder}/{id}/{path}\"", upload: "write_once = true"))
    #expect(try !isAhead(folder: "allowed_types = [\"application/pdf\"]"))
    #expect(try !isAhead { $0.previous = PreviousDelivery(number: 7, sha256: Fixture.digest(1)) })
    #expect(try !isAhead { $0.isReadAnew = true })
    #expect(try !isAhead { $0.prepared = Fixture.prepared() })
    #expect(try !isAhead { $0.arrival = nil })
    #expect(try !isAhead(discovery: .firstScan))
    #expect(try !isAhead { $0.scanned = .unread })
  }
}
