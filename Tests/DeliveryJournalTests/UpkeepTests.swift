import DeliveryJournal
import DeliveryModel
import TestSupport
import Testing

@Suite struct UpkeepTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  private func pruneAll(before moment: Timestamp, limit: Int) async throws -> Int {
    var removed = 0
    var position: Journal.PrunePosition?
    repeat {
      let step = try await journal.prune(before: moment, limit: limit, from: position)
      removed += step.removed
      position = step.next
    } while position != nil
    return removed
  }

  @Test("Pruning keeps the newest delivery of each path, whatever came after it unfinished", arguments: [1, 2, 100])
  func tombstones(limit: Int) async throws {
    let old = try await journal.deliver(settled("a"))
    let kept = try await journal.deliver(settled("a"))
    let gone = try await journal.deliver(settled("a"), to: .withdrawn)
    let alone = try await journal.deliver(settled("b"))
    let parked = try await journal.deliver(settled("c"), to: .parked)
    let last = try await journal.receive(settled("a"))
    #expect(try await pruneAll(before: now, limit: limit) == 0)
    #expect(try await pruneAll(before: now + .seconds(60), limit: limit) == 2)
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.delivery(old) == nil)
    #expect(try reader.delivery(gone) == nil)
    for number in [kept, alone, parked, last] { #expect(try reader.delivery(number) != nil) }
    #expect(try await pruneAll(before: now + .seconds(60), limit: limit) == 0)
  }

  @Test("Attempts and parts go with their delivery")
  func dependents() async throws {
    let number = try await journal.receive(settled("a"))
    _ = try await journal.commit([.failed(number: number, failure, at: now, nextAttempt: now)])
    try await journal.advance(number, to: .withdrawn)
    _ = try await journal.receive(settled("b"))
    #expect(try await pruneAll(before: now + .seconds(60), limit: 10) == 1)
    #expect(try directory.sql("SELECT count(*) FROM attempt") == "0")
  }

  @Test("The newest number is never given again, even when its delivery could be pruned")
  func numbersStay() async throws {
    let number = try await journal.deliver(settled("a"), to: .withdrawn)
    #expect(try await pruneAll(before: now + .seconds(60), limit: 10) == 0)
    #expect(try await journal.receive(settled("b")) == number + 1)
  }

  @Test("A sound journal has no damage")
  func sound() async throws {
    _ = try await journal.deliver(settled("a"))
    #expect(try await journal.damage() == nil)
    #expect(try !directory.names.contains("journal.db.damaged"))
  }
}
