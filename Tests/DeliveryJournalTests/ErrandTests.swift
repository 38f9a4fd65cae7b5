import TestSupport

@testable import DeliveryJournal
import DeliveryModel
import Testing

@Suite struct ErrandTests {
  private let directory: TemporaryDirectory
  private let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  private func due(_ moment: Timestamp = now) async throws -> [Errand] {
    try await journal.errands(of: "inbox", dueBefore: moment, limit: 9).map(\.errand)
  }

  @Test("An errand is kept until it ends, with where the file goes and how often it failed")
  func life() async throws {
    let number = try await journal.deliver(settled("a"))
    _ = try await journal.commit([.errand(number: number, .due(.dispose, at: now + .seconds(60)))])
    #expect(try await due().isEmpty)
    #expect(try await journal.nextErrand(of: "inbox") == now + .seconds(60))
    _ = try await journal.commit([
      .errand(number: number, .planned(.dispose, target: "_sent/a")),
      .errand(number: number, .failed(.dispose, reason: "read-only", nextAttempt: now + .seconds(90))),
    ])
    let later = now + .seconds(90)
    #expect(try await due(later) == [Errand(number: number, kind: .dispose, tries: 1, target: "_sent/a")])
    _ = try await journal.commit([.errand(number: number, .ended(.dispose, at: later))])
    #expect(try await journal.nextErrand(of: "inbox") == nil)
    await #expect(throws: JournalError.illegalTransition(number: number, change: "errand")) {
      try await journal.commit([.errand(number: number, .ended(.dispose, at: later))])
    }
  }

  @Test("The same errand twice is one")
  func once() async throws {
    let number = try await journal.deliver(settled("a"))
    let change = JournalChange.errand(number: number, .due(.receipt, at: now))
    _ = try await journal.commit([change, change])
    #expect(try await due().count == 1)
  }

  @Test("A refused file is recorded next, then rejected, and never counts as delivered")
  func rejected() async throws {
    let number = try await journal.receive(settled("a"))
    let verdict = Verdict(
      decision: .rejected, findings: [Finding(.tooLarge, ["10", "5"]), Finding(.empty)], reason: "too large")
    _ = try await journal.commit([
      .prepared(number: number, prepared()), .judged(number: number, verdict),
      .errand(number: number, .due(.reject, at: now)),
    ])
    #expect(try directory.delivery(number).state == .uploaded)
    _ = try await journal.commit([.logged(number: number, at: now, alreadyRecorded: false)])
    let delivery = try directory.delivery(number)
    #expect(delivery.state == .rejected && delivery.verdict == verdict && delivery.logged == nil)
    #expect(delivery.lastError == "too large")
    #expect(try JournalReader(directory: directory.path).lastDelivered() == nil)
    #expect(try await due().map(\.kind) == [.reject])
  }

  @Test("A file that was refused unread has no digest, and is recorded and moved like any other")
  func refusedUnread() async throws {
    let number = try await journal.receive(settled("a"))
    let verdict = Verdict(decision: .rejected, findings: [Finding(.tooLarge, ["10", "5"])], reason: "too large")
    var unread = prepared()
    unread.sha256 = nil
    _ = try await journal.commit([
      .prepared(number: number, unread), .judged(number: number, verdict),
      .errand(number: number, .due(.reject, at: now)),
    ])
    #expect(try directory.delivery(number).prepared == unread)
    _ = try await journal.commit([.logged(number: number, at: now, alreadyRecorded: false)])
    #expect(try directory.delivery(number).state == .rejected)
  }

  @Test("A retry of a refused file uploads it, if it was recorded as refused; if not, it gets its record")
  func retried() async throws {
    let recorded = try await refuse("a", inode: 7, to: "_rejected/a")
    let parked = try await journal.receive(settled("b"))
    _ = try await journal.commit([
      .prepared(number: parked, prepared()), .judged(number: parked, Self.refusal),
      .parked(number: parked, code: "c", reason: "no record", at: now),
    ])
    let plain = try await journal.deliver(settled("c"), to: .parked)
    let retried = try await journal.retry([plain, recorded, parked, plain], at: now)
    #expect(retried.count == 3 && retried.reopened.map(\.number) == [recorded, parked, plain])
    for delivery in retried.reopened {
      #expect(try directory.delivery(delivery.number).state == delivery.stateOnceRetried)
    }
    #expect(retried.reopened.map(\.stateOnceRetried) == [.pending, .uploaded, .pending])
  }

  @Test("A rejected file that was moved aside is forgotten after the history, one that was not is kept")
  func pruned() async throws {
    var numbers: [Int64] = []
    for path in ["a", "b", "c"] as [RelativePath] {
      let number = try await journal.receive(settled(path.bytes))
      let verdict = Verdict(decision: .rejected, findings: [Finding(.empty)], reason: "empty")
      _ = try await journal.commit([
        .prepared(number: number, prepared()), .judged(number: number, verdict),
        .errand(number: number, .due(.reject, at: now)), .logged(number: number, at: now, alreadyRecorded: false),
      ])
      numbers.append(number)
    }
    _ = try await journal.commit([.errand(number: numbers[0], .ended(.reject, at: now))])
    let step = try await journal.prune(before: now + .seconds(1), limit: 9)
    #expect(step.removed == 1)
    #expect(
      try JournalReader(directory: directory.path).list([.rejected], limit: 9).map(\.number) == [
        numbers[1], numbers[2],
      ])
  }

  /// A file refused and moved aside to `target`, by name and inode.
  private func refuse(_ path: String, inode: UInt64, to target: RelativePath) async throws -> Int64 {
    let number = try await journal.receive(settled(path, inode: inode))
    _ = try await journal.commit([.prepared(number: number, prepared()), .judged(number: number, Self.refusal)])
    let reject: [ErrandChange] = [.due(.reject, at: now), .planned(.reject, target: target), .ended(.reject, at: now)]
    _ = try await journal.commit(
      reject.map { .errand(number: number, $0) } + [.logged(number: number, at: now, alreadyRecorded: false)])
    return number
  }

  private static let refusal = Verdict(decision: .rejected, findings: [Finding(.empty)], reason: "empty")

  @Test(
    "Once a refused file is judged anew, its note is looked after: dragged back, renamed too, or written anew",
    arguments: [("a", 7), ("b", 7), ("a", 8)] as [(String, UInt64)])
  func tidied(name: String, inode: UInt64) async throws {
    let first = try await refuse("a", inode: 7, to: "_rejected/a")
    #expect(try await due().isEmpty)
    let second = try await journal.deliver(settled(name, inode: inode), seed: 2)
    #expect(try await due() == [Errand(number: first, kind: .tidy, target: "_rejected/a")])
    _ = try await journal.commit([.errand(number: first, .dropped(.tidy))])
    // The refused file was there still; when it is judged once more, the note is looked after again.
    _ = try await refuse(name, inode: inode, to: "_rejected/b")
    #expect(try await due().map(\.number) == [first])
    #expect(try journal.news(of: "inbox", limit: 9).rejected.map(\.aside) == ["_rejected/b", "_rejected/a"])
    _ = try await journal.commit([.errand(number: first, .ended(.tidy, at: now))])
    #expect(try journal.news(of: "inbox", limit: 9).rejected.map(\.aside) == ["_rejected/b"], "taken back")
    _ = try await journal.deliver(settled(name, inode: inode), seed: 3)
    #expect(try await due().map(\.number) == [second + 1])
  }

  @Test("A file that was never refused has no note to look after")
  func untidied() async throws {
    _ = try await refuse("a", inode: 7, to: "_rejected/a")
    _ = try await journal.deliver(settled("b", inode: 8), seed: 2)
    _ = try await journal.deliver(settled("a", folder: "other", inode: 7), seed: 3)
    #expect(try await due().isEmpty)
  }

  @Test("A journal of version 3 is brought up to date and keeps its deliveries")
  func migrated() async throws {
    let number = try await journal.deliver(settled("a"))
    try journal.writer.inDatabase { database in
      try database.execute(
        sql: """
          DROP TABLE custody_object; DROP TABLE custody_day; DROP TABLE custody_entry; DROP TABLE custody_log;
          DROP TABLE checksum_finding; ALTER TABLE part RENAME COLUMN checksum TO sha256;
          ALTER TABLE delivery DROP COLUMN crc64; ALTER TABLE delivery DROP COLUMN part_checksum;
          DROP INDEX delivery_present; ALTER TABLE delivery DROP COLUMN arrival; ALTER TABLE delivery DROP COLUMN asked;
          ALTER TABLE delivery DROP COLUMN gone; ALTER TABLE folder_root DROP COLUMN scanned;
          DROP TABLE content_digest; DROP INDEX delivery_path; ALTER TABLE delivery DROP COLUMN place; ALTER TABLE journal DROP COLUMN history_since;
          CREATE INDEX delivery_path ON delivery (folder, directory, name);
          ALTER TABLE delivery DROP COLUMN root; ALTER TABLE delivery DROP COLUMN audience; DROP TABLE place; DROP TABLE folder_root; DROP TABLE folder;
          ALTER TABLE delivery DROP COLUMN restarts;
          ALTER TABLE attempt DROP COLUMN request_id; ALTER TABLE attempt DROP COLUMN host_id;
          DROP TABLE alert; DROP TABLE alert_cause; ALTER TABLE journal DROP COLUMN digest;
          DROP INDEX delivery_arrived;
          DROP INDEX delivery_refused_inode; DROP INDEX delivery_refused_path; ALTER TABLE delivery DROP COLUMN aside;
          DROP TABLE errand; ALTER TABLE delivery DROP COLUMN verdict; ALTER TABLE delivery DROP COLUMN findings;
          ALTER TABLE delivery DROP COLUMN reason; ALTER TABLE delivery DROP COLUMN saved_by;
          ALTER TABLE delivery DROP COLUMN saved_from; ALTER TABLE delivery DROP COLUMN saved_by_source; PRAGMA user_version = 3
          """)
    }
    journal.close()
    let again = try directory.journal()
    _ = try await again.commit([.errand(number: number, .due(.dispose, at: now))])
    #expect(try await again.errands(of: "inbox", dueBefore: now, limit: 9).map(\.delivery.number) == [number])
  }
}
