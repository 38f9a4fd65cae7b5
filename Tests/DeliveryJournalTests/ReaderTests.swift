import DeliveryModel
import Glibc
import TestSupport
import Testing

@testable import DeliveryJournal

@Suite struct ReaderTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  @Test("A reader makes nothing where there is no journal")
  func missing() throws {
    let empty = try TemporaryDirectory()
    #expect(throws: JournalError.missing(path: empty.file)) { try JournalReader(directory: empty.path) }
    #expect(try empty.names.isEmpty)
  }

  @Test("A reader sees each commit while the daemon runs")
  func live() async throws {
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.counts()[.pending] == 0)
    _ = try await journal.receive(settled("a"))
    #expect(try reader.counts()[.pending] == 1)
    #expect(try reader.oldestOpen() == now)
  }

  @Test("A stopped journal is read, and so is one without its companions")
  func stopped() async throws {
    let number = try await journal.deliver(settled("a"))
    journal.close()
    #expect(try JournalReader(directory: directory.path).delivery(number)?.state == .logged)
    for companion in ["-wal", "-shm"] { unlink(directory.file + companion) }
    #expect(try JournalReader(directory: directory.path).delivery(number)?.state == .logged)
  }

  @Test("The journal of a stopped daemon is whole in its one file")
  func mergedOnClose() async throws {
    _ = try await journal.deliver(settled("a"))
    journal.close()
    var status = stat()
    #expect(stat(directory.file + "-wal", &status) == 0)
    #expect(status.st_size == 0)
  }

  @Test("A reader cannot write")
  func readOnly() throws {
    let reader = try JournalReader(directory: directory.path)
    #expect(throws: JournalError.self) { try reader.read { try $0.run("DELETE FROM delivery") } }
  }

  @Test("Lists go by number, in both directions, over several states")
  func lists() async throws {
    var numbers: [Int64] = []
    for state in [DeliveryState.pending, .logged, .parked, .uploaded, .withdrawn, .pending] {
      numbers.append(try await journal.deliver(settled("a\(numbers.count)"), to: state))
    }
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.list([.pending, .uploaded, .parked], limit: 9).map(\.number) == [1, 3, 4, 6])
    #expect(try reader.list(DeliveryState.allCases, limit: 2, order: .newestFirst).map(\.number) == [6, 5])
    #expect(try reader.list([.logged], limit: 9).map(\.number) == [2])
    #expect(
      try reader.counts() == [.pending: 2, .uploaded: 1, .logged: 1, .parked: 1, .withdrawn: 1, .rejected: 0])
    #expect(try reader.lastDelivered()?.number == 2)
    #expect(try reader.delivered(since: now + .seconds(9)) == 1)
    #expect(try reader.delivered(since: now + .seconds(10)) == 0)
    #expect(numbers == [1, 2, 3, 4, 5, 6])
  }

  @Test("A path's deliveries come newest first, and its newest delivered version is found")
  func byPath() async throws {
    let first = try await journal.deliver(settled("d/a"), seed: 1)
    let second = try await journal.deliver(settled("d/a"), seed: 2)
    let third = try await journal.deliver(settled("d/a"), to: .parked)
    _ = try await journal.deliver(settled("d/b"))
    let reader = try JournalReader(directory: directory.path)
    let path = RelativePath(unchecked: Array("d/a".utf8))
    #expect(try reader.deliveries(of: path, folder: "inbox").map(\.number) == [third, second, first])
    #expect(try reader.deliveries(of: path, folder: "inbox", limit: 1).map(\.number) == [third])
    #expect(try reader.lastDelivered(of: path, folder: "inbox")?.prepared?.sha256 == digest(2))
    #expect(try reader.lastDelivered(of: path, folder: "scans") == nil)
  }

  @Test("History comes in the order of delivery, across pages of the same millisecond")
  func history() async throws {
    let numbers = try await journal.commit((0..<1203).map { .received(settled("f\($0)")) })
    _ = try await journal.commit(
      numbers.flatMap { number -> [JournalChange] in
        [
          .prepared(number: number, prepared()), .uploaded(number: number, receipt),
          .logged(number: number, at: now + .milliseconds(number / 700), alreadyRecorded: false),
        ]
      })
    let reader = try JournalReader(directory: directory.path)
    var seen: [Int64] = []
    try reader.history(since: now) { seen.append($0.number) }
    #expect(seen == numbers)
    seen = []
    try reader.history(since: now + .milliseconds(1)) { seen.append($0.number) }
    #expect(seen == numbers.filter { $0 >= 700 })
    seen = []
    try reader.history(since: now, folder: "inbox", name: "f1?") { seen.append($0.number) }
    #expect(seen.count == 10)
    try reader.history(since: now, folder: "scans") { _ in Issue.record("another folder") }
  }

  @Test("What the taker of the history throws ends it")
  func historyEnds() async throws {
    for path in ["a", "b"] { _ = try await journal.deliver(settled(path)) }
    let reader = try JournalReader(directory: directory.path)
    var seen = 0
    #expect(throws: CancellationError.self) {
      try reader.history(since: now) { _ in
        seen += 1
        throw CancellationError()
      }
    }
    #expect(seen == 1)
  }

  @Test("The view `pending` shows people what waits, in words")
  func view() async throws {
    let number = try await journal.deliver(settled("d/a b"), to: .uploaded)
    _ = try await journal.commit([.failed(number: number, failure, at: now, nextAttempt: now + .seconds(30))])
    _ = try await journal.deliver(settled("p"), to: .parked)
    _ = try await journal.deliver(settled("done"))
    #expect(
      try directory.sql(
        "SELECT number, folder, path, state, size, attempts, next_attempt_at, last_error FROM pending ORDER BY number")
          == """
          1|inbox|d/a b|uploaded|20000|1|2026-11-18T11:07:10Z|S3 asks to slow down
          2|inbox|p|parked|20000|0|2026-11-18T11:06:45Z|no right
          """)
    #expect(try directory.sql("SELECT typeof(waiting_seconds) FROM pending LIMIT 1") == "integer")
  }

  @Test(
    "The view shows a path that could act on a terminal as digits",
    arguments: [[0x1b, 0x5b], [0x61, 0x0a], [0x9b, 0x31], [0xe2, 0x80, 0xae], [0xe2, 0x81, 0xa6], [0x7f]])
  func hostileView(path: [UInt8]) async throws {
    _ = try await journal.receive(settled(path))
    let digits = Hexadecimal.encode(path).uppercased()
    #expect(try directory.sql("SELECT path FROM pending") == "X'\(digits)'")
  }

  @Test("The view shows letters of any language as they are", arguments: ["ä", "a-b_c (1)", "日本", "]["])
  func plainView(path: String) async throws {
    _ = try await journal.receive(settled(path))
    #expect(try directory.sql("SELECT path FROM pending") == path)
  }
}
