import DeliveryModel
import CSQLite
import TestSupport
import Testing

@testable import DeliveryJournal

/// What a command asks costs what it shows, not what the journal holds. Counted in steps of SQLite's own machine, in a
/// journal of thousands and in one ten times as large.
@Suite struct QueryCostTests {
  /// A journal with many deliveries that are done and a tenth as many pending, like the two that are made by hand.
  private struct Filled {
    let directory: TemporaryDirectory
    let journal: Journal
    let open: Int

    init(delivered: Int) async throws {
      directory = try TemporaryDirectory()
      journal = try directory.journal()
      open = delivered / 10
      let done = try await journal.deliver(settled("done/first"))
      let pending = try await journal.deliver(settled("new/first"), to: .pending)
      _ = try await journal.deliver(settled("parked"), to: .parked)
      try journal.writer.inDatabase { [open] database in
        let columns = try database.columns(in: "delivery")
        for (like, count, first) in [(done, delivered, 1_000), (pending, open, 10_000_000)] {
          let values = columns.map { name in
            switch name {
            case "number": "n"
            case "name": "CAST('file-' || n AS BLOB)"
            case "logged": "logged + n"
            default: name
            }
          }
          try database.execute(
            sql: """
              WITH RECURSIVE counted (n) AS (SELECT \(first) UNION ALL SELECT n + 1 FROM counted WHERE n < \(first + count - 1))
              INSERT INTO delivery (\(columns.joined(separator: ", ")))
              SELECT \(values.joined(separator: ", ")) FROM counted, (SELECT * FROM delivery WHERE number = \(like))
              """)
        }
      }
    }

    /// The steps that the reader's machine takes for `work`, whose answer is `expected`.
    func steps(_ work: (JournalReader) throws -> Int, _ expected: Int) throws -> Int {
      let reader = try JournalReader(directory: directory.path)
      let counter = StepCounter()
      try reader.read { counter.count($0) }
      let answer = try work(reader)
      #expect(answer == expected)
      return counter.steps
    }
  }

  /// What is asked, and how many deliveries the answer has.
  private static let questions: [(name: String, count: Int, ask: @Sendable (JournalReader) throws -> Int)] = [
    ("queue", 40, { try $0.list([.pending, .uploaded, .parked, .rejected], limit: 40).count }),
    ("queue, newest first", 40, { try $0.list([.pending, .uploaded], limit: 40, order: .newestFirst).count }),
    ("queue --state pending", 40, { try $0.list([.pending], limit: 40).count }),
    ("queue --state uploaded", 0, { try $0.list([.uploaded], limit: 40).count }),
    ("queue --state logged", 40, { try $0.list([.logged], limit: 40).count }),
    ("queue show, by number", 1, { try $0.delivery(10_000_050) == nil ? 0 : 1 }),
    ("queue show, by path", 1, { try $0.deliveries(of: "new/file-10000050", folder: "inbox").count }),
    ("queue show, its attempts", 0, { try $0.attempts(of: 10_000_050).count }),
    ("is-safe", 1, { try $0.lastDelivered(of: "done/file-1050", folder: "inbox") == nil ? 0 : 1 }),
    ("status: the oldest", 1, { try $0.oldestOpen() == nil ? 0 : 1 }),
    ("status: the last", 1, { try $0.lastDelivered() == nil ? 0 : 1 }),
    ("history, its first page", 40, { try $0.firstOfHistory(40) }),
  ]

  @Test("Lists and look-ups cost the same in a journal ten times as large")
  func lookups() async throws {
    let (small, large) = try await (Filled(delivered: 2_000), Filled(delivered: 20_000))
    for (name, count, ask) in Self.questions {
      let (few, many) = try (small.steps(ask, count), large.steps(ask, count))
      #expect(few > 0 && many <= few + 200, "\(name): \(few) steps, then \(many)")
    }
  }

  @Test("Counting what waits costs a few steps for each, and nothing for what is done")
  func counts() async throws {
    let large = try await Filled(delivered: 20_000)
    let steps = try large.steps({ try $0.counts([.pending, .uploaded, .parked])[.pending] ?? 0 }, large.open + 1)
    #expect(steps < large.open * 12, "\(steps) steps")
  }

  @Test("Loading many versions of one path costs a few steps for each, and tells the first of them what was before")
  func versions() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.journal()
    let first = try await journal.deliver(settled("a"))
    _ = try await journal.commit((0..<500).map { .received(settled("a", inode: UInt64($0))) })
    _ = try await journal.commit([.received(settled("b"))])
    let counter = StepCounter()
    journal.writer.inDatabase { counter.count($0) }
    let due = try await journal.due(DueRequest(state: .pending, dueBefore: now + .seconds(60), limit: 1000))
    #expect(due.count == 501 && due.first?.previous?.number == first)
    #expect(counter.steps < 501 * 200, "\(counter.steps) steps")
  }

  @Test("Retrying all costs a few steps for each that waits, and writes only what was not due")
  func retryAll() async throws {
    let large = try await Filled(delivered: 20_000)
    _ = try await large.journal.retry(nil, at: now + .seconds(60))
    _ = try await large.journal.commit([.parked(number: 10_000_007, code: "denied", reason: "no right", at: now)])
    let counter = StepCounter()
    let before = try large.journal.writer.inDatabase { database in
      counter.count(database)
      return try database.totalChanges
    }
    let retried = try await large.journal.retry(nil, at: now + .seconds(60))
    let written = try large.journal.writer.inDatabase { try $0.totalChanges - before }
    #expect(retried.count == large.open + 2 && retried.reopened.map(\.number) == [10_000_007])
    #expect(written == 1)
    #expect(counter.steps < large.open * 40, "\(counter.steps) steps")
  }
}

/// What the daemon does for one file, or in one step, costs the same whatever was before. Counted like ``QueryCostTests``.
@Suite struct HistoryCostTests {
  private let directory: TemporaryDirectory
  private let journal: Journal
  private let counter = StepCounter()

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  /// Adds rows like `number`, with what `columns` say instead (SQL over `n`, from 1 on).
  private func multiply(_ number: Int64, _ count: Int, _ columns: [String: String] = [:]) async throws {
    try journal.writer.inDatabase { database in
      let names = try database.columns(in: "delivery")
      let first = try database.integer("SELECT max(number) FROM delivery") ?? 0
      let values = names.map { $0 == "number" ? "\(first) + n" : columns[$0] ?? $0 }
      try database.execute(
        sql: """
          WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < \(count))
          INSERT INTO delivery (\(names.joined(separator: ", "))) SELECT \(values.joined(separator: ", "))
          FROM counted, (SELECT * FROM delivery WHERE number = \(number))
          """)
    }
  }

  private func countSteps() { journal.writer.inDatabase { counter.count($0) } }

  @Test("A file that is touched again and again costs no more for it, and leaves a few rows")
  func touched() async throws {
    let delivered = try await journal.deliver(settled("a"))
    var steps = 0
    for round in 1...200 {
      let number = try await journal.receive(settled("a", inode: UInt64(round)))
      if round == 200 { countSteps() }
      _ = try await journal.due(DueRequest(state: .pending, dueBefore: now + .seconds(60), limit: 9))
      _ = try await journal.commit([
        .prepared(number: number, prepared()),
        .unchanged(number: number, of: delivered, identity: identity(UInt64(round)), at: now),
      ])
      steps = counter.steps
    }
    #expect(steps < 3_000, "\(steps) steps")
    #expect(try directory.sql("SELECT count(*) FROM delivery") == "21")
  }

  @Test("What is withdrawn of a path without end goes with the daily pass, its newest stay")
  func withdrawn() async throws {
    let number = try await journal.deliver(settled("a"), to: .withdrawn)
    try await multiply(number, 3_000)
    let other = try await journal.receive(settled("b"))
    var (position, removed) = (Journal.PrunePosition?.none, 0)
    repeat {
      let step = try await journal.prune(before: Timestamp(milliseconds: 0), limit: 100, from: position)
      (position, removed) = (step.next, removed + step.removed)
    } while position != nil
    #expect(removed == 3_001 - 20)
    let left = try JournalReader(directory: directory.path).list([.withdrawn, .pending], limit: 100).map(\.number)
    #expect(left == Array(2982...3001) + [other])
  }

  @Test("One step of a pass over old deliveries looks at no more than it may")
  func pruneStep() async throws {
    let number = try await journal.deliver(settled("a"), to: .withdrawn)
    try await multiply(number, 20_000, ["name": "CAST('x' || n AS BLOB)"])
    countSteps()
    let step = try await journal.prune(before: Timestamp(milliseconds: 0), limit: 100)
    #expect(step.removed == 0 && step.next != nil)
    #expect(counter.steps < 100 * 60, "\(counter.steps) steps")
  }

  @Test("A page shows what arrived in its folder, whatever arrived in others since, and costs no more for that")
  func page() async throws {
    let number = try await journal.deliver(settled("a"))
    let waiting = try await journal.deliver(settled("b", folder: "other"), to: .pending)
    let refused = try await journal.deliver(settled("c", folder: "other"), to: .withdrawn)
    try await multiply(number, 8_000, ["folder": "'other'", "logged": "logged + n", "name": "CAST('x' || n AS BLOB)"])
    try await multiply(waiting, 6_000, ["name": "CAST('y' || n AS BLOB)"])
    try await multiply(refused, 6_000, ["state": "5", "disposed": "1", "name": "CAST('z' || n AS BLOB)"])
    let last = try await journal.receive(settled("new"))
    journal.pages.inDatabase { counter.count($0) }
    let news = try journal.news(of: "inbox", limit: 50)
    #expect(news.delivered.map(\.number) == [number] && news.waiting.map(\.number) == [last])
    #expect(counter.steps < 2_000, "\(counter.steps) steps")
  }

  @Test("A pass says how many refused ones it removed")
  func refused() async throws {
    let number = try await journal.deliver(settled("a"), to: .withdrawn)
    try await multiply(number, 30, ["state": "5", "disposed": "1", "name": "CAST('x' || n AS BLOB)"])
    _ = try await journal.receive(settled("last"))
    let step = try await journal.prune(before: now + .seconds(60), limit: 100)
    #expect(step.removed == 31 && step.rejected == 30)
  }
}

extension JournalReader {
  fileprivate func firstOfHistory(_ count: Int) throws -> Int {
    var seen = 0
    do {
      try history(since: now) { _ in
        seen += 1
        if seen == count { throw CancellationError() }
      }
    } catch is CancellationError {}
    return seen
  }
}

/// Counts the steps of a connection from the moment it is told to.
private final class StepCounter: @unchecked Sendable {
  private let counted = UnsafeMutablePointer<Int>.allocate(capacity: 1)

  var steps: Int { counted.pointee }

  init() { counted.initialize(to: 0) }

  /// The connection must not outlive this counter's use: it is freed with the test's process.
  func count(_ database: Database) {
    sqlite3_progress_handler(
      database.handle, 1,
      { counted in
        counted?.assumingMemoryBound(to: Int.self).pointee += 1
        return 0
      }, counted)
  }
}
