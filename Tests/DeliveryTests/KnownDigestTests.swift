import AWSSigning
import Cryptography
import DaemonConfiguration
import DeliveryModel
import Folders
import SystemSupport
import TestFixtures
import TestSupport
import Testing

@testable import Delivery

/// What the journal says of a file, told apart from what is in it by being wrong.
struct KnownDigestTests {
  private let inbox: TemporaryDirectory
  private let content = [UInt8](repeating: 7, count: 6 << 20)
  private let known = SHA256Digest(words: (1, 2, 3, 4))

  init() throws {
    inbox = try TemporaryDirectory()
    try inbox.write(content, to: "large.bin")
  }

  /// The digest that a reading gives, of a file that goes in one part of 6 MiB or in one request.
  private func read(
    inParts: Bool = true, rule: String = "", _ change: (inout Delivery) -> Void = { _ in }
  ) throws -> FileDigest? {
    let threshold = inParts ? "6MiB" : "64MiB"
    let text = """
      [aws]
      region = "eu-south-1"
      bucket = "files"
      table = "records"
      [upload]
      part_size = "6MiB"
      multipart_threshold = "\(threshold)"
      [[folder]]
      name = "inbox"
      path = "\(inbox.path)"
      \(rule)
      """
    let configuration = try #require(
      ConfigurationLoader.parse(Array(text.utf8), file: "test", environment: [:]).configuration)
    let settings = EngineSettings(configuration: configuration, host: "server")
    let root = try RootDirectory(inbox.path)
    let path = Fixture.path("large.bin")
    let identity = try root.status(of: path).identity
    let file = SettledFile(
      folder: "inbox", path: path, identity: identity, owner: 0, received: Fixture.wall, settled: Fixture.wall,
      evidence: .lease, discovery: .event)
    var delivery = Delivery(number: 1, file: file, nextAttempt: Fixture.wall)
    var prepared = Fixture.prepared()
    prepared.sha256 = known
    delivery.prepared = prepared
    if inParts { delivery.digests = PartDigests(whole: known, partSize: 6 << 20, parts: [known]) }
    change(&delivery)
    let folder = try #require(configuration.folders.first)
    let reading = FileReading(delivery: delivery, folder: folder, settings: settings, ownerNames: UserNames())
    guard case .finished(let read) = reading.read(below: root), case .hashed(let digest) = read.outcome else {
      return nil
    }
    return digest
  }

  private var real: SHA256Digest { SHA256.digest(of: content) }

  @Test("a file that is as it was when its digest was found is not read to know it", arguments: [true, false])
  func known(inParts: Bool) throws {
    let digest = try #require(try read(inParts: inParts))
    #expect(digest.prepared.sha256 == known && digest.partDigests == (inParts ? [known] : []))
  }

  @Test("what S3 received otherwise is read, whatever is known")
  func readAnew() throws {
    #expect(try read { $0.isReadAnew = true }?.partDigests.first == real)
  }

  @Test("digests of other parts, of another content, or of a file that was changed count for nothing")
  func others() throws {
    #expect(try read { $0.digests?.partSize = 5 << 20 }?.partDigests.first == real)
    #expect(try read { $0.digests?.whole = SHA256Digest(words: (9, 9, 9, 9)) }?.partDigests.first == real)
    #expect(try read { $0.digests = nil }?.partDigests.first == real)
    // It was touched since, and its content is not what was hashed: that is another delivery.
    let touched = try read {
      var then = $0.file.identity
      then.changed -= 1
      $0.file = $0.file.inState(then)
    }
    #expect(touched == nil)
  }

  @Test("a rule about the content has it read")
  func rule() throws {
    #expect(try read(rule: "max_size = \"1GiB\"")?.partDigests.first == real)
  }
}
