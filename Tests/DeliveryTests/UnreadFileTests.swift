import DaemonConfiguration
import DeliveryModel
import Glibc
import SystemSupport
import TestFixtures
import Testing

@testable import Delivery

/// What size and name decide is decided before a byte is read: a sparse file costs nobody a byte of disk, and would be read
/// for days.
final class UnreadFileTests {
  /// Where no file may be so large (ext4: 16 TiB), another file system does; tmpfs does.
  private let place = "/dev/shm/s3loggerd-unread-\(getpid())-\(UInt64.random(in: .min ... .max))"
  private let began = ContinuousClock.now

  init() throws {
    try #require(mkdir(place, 0o700) == 0)
    close(open(place + "/sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
  }

  deinit {
    unlink(place + "/sparse")
    rmdir(place)
  }

  private func read(_ size: Int64, _ folder: String) throws -> HashOutcome {
    try #require(truncate(place + "/sparse", off_t(size)) == 0)
    let settings = try Fixture.settings(place, folder)
    let root = try RootDirectory(place)
    let path = Fixture.path("sparse")
    let file = SettledFile(
      folder: "inbox", path: path, identity: try root.status(of: path).identity, owner: 0, received: Fixture.wall,
      settled: Fixture.wall, evidence: .lease, discovery: .event)
    let reading = FileReading(
      delivery: Delivery(number: 1, file: file, nextAttempt: Fixture.wall),
      folder: try #require(settings.configuration.folders.first), settings: settings, ownerNames: UserNames())
    guard case .finished(let read) = reading.read(below: root) else {
      Issue.record("something is to be found out about its content")
      return .gone
    }
    return read.outcome
  }

  private func digest(_ size: Int64, _ folder: String) throws -> FileDigest? {
    if case .hashed(let digest) = try read(size, folder) { digest } else { nil }
  }

  @Test("a file beyond S3's limit is no object", arguments: [MultipartPlan.maximumSize + 1, 7 << 60])
  func beyondAllObjects(size: Int64) throws {
    guard case .tooLarge(let reason) = try read(size, "max_size = \"1GB\"") else {
      Issue.record("it was read")
      return
    }
    #expect(reason.contains("48.8 TiB"))
    #expect(began.duration(to: .now) < .seconds(10))
  }

  @Test(
    "a large file that size or name refuses has no digest, and is the same at each attempt",
    arguments: ["max_size = \"1GB\"", "name_pattern = \".*pdf\""])
  func refused(rule: String) throws {
    let digest = try #require(try digest(15 << 40, rule))
    #expect(digest.prepared.sha256 == nil && digest.verdict?.isRejected == true)
    #expect(try self.digest(15 << 40, rule)?.prepared.objectKey == digest.prepared.objectKey)
    #expect(began.duration(to: .now) < .seconds(10))
  }

  @Test("one that is read in a moment has its digest")
  func small() throws {
    #expect(try digest(2 << 20, "max_size = \"1MB\"")?.prepared.sha256 != nil)
  }

  @Test("a key that cannot be made is reported")
  func unnameable() throws {
    let long = String(repeating: "k", count: 1010)
    guard case .unnameable = try read(15 << 40, "key = \"\(long)/{folder}/{path}/{id}\"") else {
      Issue.record("it was read")
      return
    }
    #expect(began.duration(to: .now) < .seconds(10))
  }
}
