import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Folders
import Logging
import Synchronization
import Status
import SystemSupport
import TestFixtures
import TestSupport
import Testing

@testable import Daemon

/// What bounds the journal.
@Suite("How much of the past is kept")
struct PruneServiceTests {
  private let directory: TemporaryDirectory
  private let inbox: TemporaryDirectory
  private let journal: Journal
  private let root: FolderRoot
  private let told = Told()
  private static let now = Fixture.wall

  private final class Told: Sendable {
    let history = Mutex<JournalHistory?>(nil)
    let asked = Mutex<[Int64]>([])
  }

  init() throws {
    directory = try TemporaryDirectory()
    inbox = try TemporaryDirectory()
    journal = try Journal(directory: directory.path, now: Self.now) { _ in }
    root = try RootDirectory(inbox.path).seen()
  }

  private static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

  /// A file that was delivered so many days ago.
  private func deliver(
    _ name: String, daysAgo: Int, in root: FolderRoot? = nil, uploaded: Timestamp? = nil
  ) async throws -> Int64 {
    let moment = Self.now + (.zero - Self.days(daysAgo))
    let file = SettledFile(
      folder: "inbox", path: Fixture.path(name),
      identity: FileIdentity(device: 1, inode: 7, size: 10, modified: 5, changed: 6), owner: 1000, received: moment,
      settled: moment, evidence: .lease, discovery: .event, root: root ?? self.root)
    let number = try #require(try await journal.commit([.received(file)]).first)
    let receipt = UploadReceipt(etag: "e", versionID: nil, uploaded: uploaded ?? moment)
    _ = try await journal.commit([
      .prepared(number: number, Fixture.prepared()), .attemptBegan(number: number, at: moment),
      .uploaded(number: number, receipt), .logged(number: number, at: moment, alreadyRecorded: false),
    ])
    return number
  }

  private func service(
    size: Int64 = .max, confirmed: Timestamp? = Self.now, gone: (@Sendable ([Delivery]) async -> [Int64])? = nil
  ) -> PruneService {
    PruneService(
      journal: journal,
      bounds: { JournalSettings(directory: "/", history: Self.days(400), historySize: size) },
      gone: { [told] deliveries in
        told.asked.withLock { $0 += deliveries.map(\.number) }
        return await gone?(deliveries) ?? deliveries.map(\.number)
      },
      removedRejected: { _ in }, show: { [told] history in told.history.withLock { $0 = history } },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: { Self.now }, confirmed: { confirmed },
      rest: .zero)
  }

  private func numbers() throws -> [Int64] {
    var numbers: [Int64] = []
    try JournalReader(directory: directory.path).history(since: Timestamp(milliseconds: 0), folder: nil, name: nil) {
      numbers.append($0.number)
    }
    return numbers.sorted()
  }

  @Test("files that were delivered before the history begins and are gone are forgotten; others are asked about")
  func gone() async throws {
    let old = try await deliver("old", daysAgo: 500)
    let there = try await deliver("there", daysAgo: 500)
    let young = try await deliver("young", daysAgo: 300)
    let last = try await deliver("last", daysAgo: 1)
    await service { deliveries in deliveries.map(\.number).filter { $0 != there } }.prune(Self.now)
    #expect(told.asked.withLock { $0 } == [old, there])
    #expect(try numbers() == [there, young, last])
    #expect(told.history.withLock { $0?.since } == nil)
    #expect(try await journal.created() > Self.now + (.zero - Self.days(401)))
  }

  @Test("the newest delivery stays whatever its age: no number is given twice")
  func newest() async throws {
    let only = try await deliver("only", daysAgo: 900)
    await service().prune(Self.now)
    #expect(try numbers() == [only])
  }

  @Test("a journal that is too large keeps less of the history, not less than a week, and says since when it is whole")
  func shortened() async throws {
    var ages: [Int64: Int] = [:]
    for age in stride(from: 390, to: 0, by: -30) { ages[try await deliver("file \(age)", daysAgo: age)] = age }
    await service(size: 1).prune(Self.now)
    #expect(try numbers().compactMap { ages[$0] } == [30], "the newest of all")
    let history = try #require(told.history.withLock { $0 })
    #expect(history.since == Self.now + (.zero - PruneService.shortestHistory))
    #expect(history.bytes > history.limit)
  }

  @Test("that the history is shortened is durable before anything of it is forgotten")
  func shortenedDurably() async throws {
    for age in [300, 200, 100, 1] { _ = try await deliver("file \(age)", daysAgo: age) }
    let noted = Mutex<[Timestamp?]>([])
    await service(size: 1) { [journal] deliveries in
      let since = try? await journal.historySince()
      if !deliveries.isEmpty { noted.withLock { $0.append(since) } }
      return deliveries.map(\.number)
    }.prune(Self.now)
    let moments = noted.withLock { $0 }
    #expect(!moments.isEmpty && moments.allSatisfy { $0 != nil })
  }

  @Test("nothing is removed by a clock that no service confirms; of two that differ the earlier counts")
  func clock() async throws {
    #expect(service(confirmed: nil).now == nil)
    #expect(service(confirmed: Self.now + Self.days(5000)).now == Self.now)
    let past = Self.now + (.zero - Self.days(5000))
    #expect(service(confirmed: past).now == past)
  }

  @Test("what a wrong clock calls old is kept, as the services know when it came")
  func wrongStamp() async throws {
    let numbers = [try await deliver("file", daysAgo: 5000, uploaded: Self.now), try await deliver("last", daysAgo: 1)]
    _ = try await deliver("file", daysAgo: 0)
    await service().prune(Self.now)
    #expect(try self.numbers().prefix(2) == numbers[...])
  }

  @Test("one that has room keeps all of it; what was shortened is whole again after the configured time")
  func room() async throws {
    let number = try await deliver("file", daysAgo: 100)
    _ = try await deliver("last", daysAgo: 1)
    try await journal.noteHistory(since: Self.now + (.zero - Self.days(401)))
    await service(size: 1 << 30).prune(Self.now)
    #expect(try numbers().contains(number))
    #expect(told.history.withLock { $0?.since } == nil)
  }
}
