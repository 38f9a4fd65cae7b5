import DeliveryModel
import TestSupport
import Testing

@testable import DeliveryJournal

@Suite("What who waits asks of the journal")
struct SnapshotTests {
  private let directory: TemporaryDirectory
  private let now = Timestamp(milliseconds: 1_764_000_000_000)

  init() throws {
    directory = try TemporaryDirectory()
  }

  @Test("only what has a number up to then counts, and only of the folder")
  func upTo() async throws {
    let journal = try directory.journal()
    #expect(try await journal.newestNumber() == 0)
    let pending = try await journal.receive(settled("pending"))
    let parked = try await journal.deliver(settled("parked"), to: .parked)
    let logged = try await journal.deliver(settled("logged"))
    let later = try await journal.receive(settled("later"))
    #expect(try await journal.newestNumber() == later)
    let left = try await journal.unfinished(upTo: logged, folder: "inbox", limit: 10)
    #expect(left.map(\.number) == [pending, parked])
    #expect(try await journal.unfinished(upTo: later, folder: "other", limit: 10).isEmpty)
    #expect(try await journal.parkedCount(upTo: later, folder: "inbox") == 1)
    #expect(try await journal.parkedCount(upTo: parked - 1, folder: "inbox") == 0)
    _ = try await journal.dismiss([pending], at: now + .seconds(60))
    let ended = try await journal.ended(
      .withdrawn, since: now + .seconds(60), upTo: later, folder: "inbox", limit: 10)
    #expect(ended.count == 1 && ended.first.map(\.number) == [pending])
    let none = try await journal.ended(.withdrawn, since: now + .seconds(61), upTo: later, folder: "inbox", limit: 10)
    #expect(none.count == 0)
  }

  @Test("a folder's deliveries are due again without those of others; those that are named are told whatever they are")
  func retry() async throws {
    let journal = try directory.journal()
    let parked = try await journal.deliver(settled("parked"), to: .parked)
    let logged = try await journal.deliver(settled("logged"))
    let other = try await journal.retry(folder: "other", at: now)
    #expect(other.count == 0 && other.reopened.isEmpty)
    let named = try await journal.retry([logged, 99], at: now)
    #expect(named.count == 0 && named.named.map(\.number) == [logged])
    let retried = try await journal.retry(folder: "inbox", at: now)
    #expect(retried.count == 1 && retried.reopened.map(\.number) == [parked])
    #expect(try directory.delivery(parked).state == .pending)
  }
}
