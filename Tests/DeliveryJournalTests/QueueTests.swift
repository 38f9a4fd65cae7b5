import DeliveryJournal
import DeliveryModel
import TestSupport
import Testing

@Suite struct QueueTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  private func due(
    _ state: DeliveryState = .pending, at moment: Timestamp = now + .seconds(100), excluding: Set<Int64> = [],
    limit: Int = 100, folderLimit: Int = .max, inHand: [String: Int] = [:]
  ) async throws -> [Int64] {
    try await journal.due(
      DueRequest(
        state: state, dueBefore: moment, horizon: .seconds(900), excluding: excluding, limit: limit,
        folderLimit: folderLimit, inHand: inHand)
    ).map(\.number)
  }

  private func received(_ count: Int) async throws -> [Int64] {
    try await journal.commit((0..<count).map { .received(settled("f\($0)")) })
  }

  @Test("What is due longest comes first, then by number; what is excluded or not yet due does not come")
  func order() async throws {
    let numbers = try await received(5)
    _ = try await journal.commit([
      .failed(number: numbers[0], failure, at: now, nextAttempt: now + .seconds(50)),
      .failed(number: numbers[1], failure, at: now, nextAttempt: now + .seconds(200)),
    ])
    #expect(try await due() == [numbers[2], numbers[3], numbers[4], numbers[0]])
    #expect(try await due(excluding: [numbers[2], numbers[4]]) == [numbers[3], numbers[0]])
    #expect(try await due(excluding: [numbers[2]], limit: 2) == [numbers[3], numbers[4]])
    #expect(try await due(limit: 0) == [])
    #expect(try await journal.nextDue(in: .pending, after: now + .seconds(100)) == now + .seconds(200))
    #expect(try await journal.nextDue(in: .pending, after: now + .seconds(200)) == nil)
    #expect(try await journal.nextDue(in: .uploaded, after: now) == nil)
  }

  private func received(_ count: Int, in folder: String) async throws -> [Int64] {
    try await journal.commit((0..<count).map { .received(settled("f\($0)", folder: folder)) })
  }

  @Test("Every folder gets its part, whatever another is flooded with; what one does not need goes to the others")
  func fairness() async throws {
    let flood = try await received(50, in: "flood")
    let few = try await received(2, in: "few")
    let some = try await received(9, in: "some")
    #expect(try await due(limit: 9) == few + flood.prefix(3) + some.prefix(3) + flood[3..<4])
    #expect(try await due(limit: 3) == [few[0], flood[0], some[0]])
    #expect(try await due(limit: 1) == [few[0]])
    #expect(try await due(limit: 100).count == 61)
  }

  @Test("A folder that has all it may in hand gets no more, and the others do")
  func folderLimit() async throws {
    let flood = try await received(20, in: "flood")
    let few = try await received(3, in: "few")
    #expect(try await due(folderLimit: 10, inHand: ["flood": 10]) == few)
    #expect(try await due(folderLimit: 10, inHand: ["flood": 8, "few": 9]) == [few[0], flood[0], flood[1]])
  }

  @Test("The next due moment is the earliest of all folders")
  func nextOfAll() async throws {
    let first = try await received(1, in: "a")
    let second = try await received(1, in: "b")
    for (number, seconds) in [(first[0], 70), (second[0], 60)] {
      _ = try await journal.commit([
        .failed(number: number, failure, at: now, nextAttempt: now + .seconds(seconds))
      ])
    }
    #expect(try await journal.nextDue(in: .pending, after: now) == now + .seconds(60))
  }

  @Test("An attempt beyond the horizon was set by a clock gone back: it is due")
  func clockGoneBack() async throws {
    let numbers = try await received(2)
    _ = try await journal.commit([
      .failed(number: numbers[0], failure, at: now, nextAttempt: now + .seconds(1001)),
      .failed(number: numbers[1], failure, at: now, nextAttempt: now + .seconds(1000)),
    ])
    #expect(try await due() == [numbers[0]])
  }

  @Test("The two open states are asked for apart, finished deliveries never come")
  func states() async throws {
    let pending = try await journal.deliver(settled("a"), to: .pending)
    let uploaded = try await journal.deliver(settled("b"), to: .uploaded)
    for state in [DeliveryState.logged, .parked, .withdrawn] { _ = try await journal.deliver(settled("c"), to: state) }
    #expect(try await due(.pending) == [pending])
    #expect(try await due(.uploaded) == [uploaded])
  }

  @Test("A due delivery knows what was delivered last from its path")
  func previous() async throws {
    _ = try await journal.deliver(settled("d/a"), seed: 1)
    let second = try await journal.deliver(settled("d/a"), seed: 2)
    _ = try await journal.deliver(settled("d/a"), to: .withdrawn)
    _ = try await journal.receive(settled("d/a"))
    _ = try await journal.receive(settled("a"))
    let open = try await journal.due(DueRequest(state: .pending, dueBefore: now + .seconds(100), limit: 9))
    #expect(open.map(\.previous) == [PreviousDelivery(number: second, sha256: digest(2)), nil])
    #expect(try await journal.lastDelivered(folder: "inbox", path: "d/a")?.number == second)
    #expect(try await journal.open(folder: "inbox", path: "d/a").map(\.state) == [.pending])
  }

  @Test("…or was sent and waits for its record, and a touch of it is no second delivery")
  func sentBefore() async throws {
    let sent = try await journal.deliver(settled("d/a"), to: .uploaded, seed: 1)
    let touched = try await journal.receive(settled("d/a", inode: 8))
    let open = try await journal.due(DueRequest(state: .pending, dueBefore: now + .seconds(100), limit: 9))
    #expect(open.map(\.previous) == [PreviousDelivery(number: sent, sha256: digest(1), isRecorded: false)])
    _ = try await journal.commit([.unchanged(number: touched, of: sent, identity: identity(8), at: now)])
    #expect(try directory.delivery(sent).file.identity == identity(8))
    #expect(try directory.delivery(touched).state == .withdrawn)
  }

  @Test("A due delivery knows which contents its path had, and whether the last was taken away since")
  func past() async throws {
    let root = FolderRoot(path: Array("/srv/inbox".utf8), device: identity().device, inode: 2)
    for path in ["again", "other"] {
      _ = try await journal.deliver(settled(path, root: root), seed: 1)
      _ = try await journal.deliver(settled(path, root: root), seed: 2)
    }
    try await journal.noteDeparted(
      [settled("again").path, settled("never").path], from: root, folders: ["inbox"], at: now)
    let numbers = [try await journal.receive(settled("again")), try await journal.receive(settled("other"))]
    let open = try await journal.due(DueRequest(state: .pending, dueBefore: now + .seconds(100), limit: 9))
    #expect(open.map(\.number) == numbers)
    #expect(open.map(\.formerContents) == [[digest(1), digest(2)], [digest(1), digest(2)]])
    #expect(open.map { $0.previous?.isGone } == [true, false])
  }

  @Test("Totals count what waits by state and folder, and today's deliveries")
  func totals() async throws {
    for path in ["a", "b"] { _ = try await journal.deliver(settled(path)) }
    _ = try await journal.deliver(settled("c"), to: .uploaded)
    _ = try await journal.deliver(settled("c", folder: "scans"), to: .pending)
    _ = try await journal.deliver(settled("d"), to: .parked)
    _ = try await journal.deliver(settled("e"), to: .withdrawn)
    let totals = try await journal.totals(deliveredSince: now + .seconds(9))
    #expect(totals.byState == [.pending: 1, .uploaded: 1, .parked: 1, .withdrawn: 1, .rejected: 0])
    #expect(totals.openByFolder == ["inbox": 1, "scans": 1])
    #expect(totals.deliveredSince == 2)
    #expect(totals.lastDelivered?.at == now + .seconds(9))
    #expect(try await journal.totals(deliveredSince: now + .seconds(10)).deliveredSince == 0)
  }

  @Test("The oldest open delivery is found from a number on")
  func oldest() async throws {
    _ = try await journal.deliver(settled("a"))
    let second = try await journal.deliver(settled("b", at: now + .seconds(1)), to: .uploaded)
    let third = try await journal.deliver(settled("c", at: now + .seconds(2)), to: .pending)
    #expect(try await journal.oldestOpen(from: 0)?.number == second)
    #expect(try await journal.oldestOpen(from: 0)?.received == now + .seconds(1))
    #expect(try await journal.oldestOpen(from: second + 1)?.number == third)
    #expect(try await journal.oldestOpen(from: third + 1) == nil)
  }

  @Test("Retrying by number or all makes open and parked deliveries due, and tells what they were")
  func retry() async throws {
    let parked = try await journal.deliver(settled("a"), to: .parked)
    let pending = try await journal.deliver(settled("b"), to: .pending)
    let logged = try await journal.deliver(settled("c"))
    let named = try await journal.retry([parked, logged, 99], at: now)
    #expect(named.reopened.map(\.state) == [.parked] && named.count == 1)
    #expect(try directory.delivery(parked).state == .pending)
    try await journal.advance(parked, to: .parked)
    let all = try await journal.retry(nil, at: now + .seconds(3))
    #expect(all.reopened.map(\.number) == [parked] && all.count == 2)
    #expect(try directory.delivery(pending).nextAttempt == now + .seconds(3))
    #expect(try directory.delivery(logged).state == .logged)
  }
}
