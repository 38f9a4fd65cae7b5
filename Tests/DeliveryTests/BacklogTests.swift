import DeliveryJournal
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct BacklogTests {
  private var now: Timestamp { Fixture.wall }

  private func ask(
    _ backlog: inout Backlog, _ state: DeliveryState = .pending, appetite: Int = 512, held: Set<Int64> = [],
    at moment: Timestamp = Fixture.wall
  ) -> DueRequest? {
    backlog.request(state, appetite: appetite, now: moment, heldCount: held.count, held: { held })
  }

  @Test("a new daemon asks for both states at once, and leaves out what it holds")
  func start() throws {
    var backlog = Backlog()
    let pending = try #require(ask(&backlog, appetite: 300, held: [4]))
    #expect(pending.state == .pending && pending.limit == 300 && pending.excluding == [4] && pending.dueBefore == now)
    #expect(ask(&backlog, .uploaded)?.state == .uploaded)
  }

  @Test("one query per state at a time")
  func oneQuery() throws {
    var backlog = Backlog()
    let request = try #require(ask(&backlog))
    backlog.mayHaveDue(now)
    #expect(ask(&backlog) == nil)
    backlog.loaded(request, count: 0, nextDue: nil)
    #expect(ask(&backlog) != nil, "what became due while it was asked is asked for next")
  }

  @Test("a query that a locked journal could not answer is made again after a pause, and holds up no other")
  func notLoaded() throws {
    var backlog = Backlog()
    let request = try #require(ask(&backlog))
    backlog.notLoaded(request, next: now + JournalError.pause)
    #expect(ask(&backlog) == nil && backlog.nextDue(.pending) == now + JournalError.pause)
    #expect(ask(&backlog, .uploaded) != nil)
    #expect(ask(&backlog, at: now + JournalError.pause) != nil)
  }

  @Test("an empty answer ends the asking until something may be due")
  func silence() throws {
    var backlog = Backlog()
    backlog.loaded(try #require(ask(&backlog)), count: 0, nextDue: nil)
    #expect(ask(&backlog) == nil && backlog.nextDue(.pending) == nil)
    backlog.committed(.received(Fixture.file()), now: now)
    #expect(ask(&backlog) != nil)
  }

  @Test("a full answer is followed by another query, a short one by its next due moment")
  func fullAnswer() throws {
    var backlog = Backlog()
    backlog.loaded(try #require(ask(&backlog, appetite: 200)), count: 200, nextDue: nil)
    let later = now + .seconds(30)
    backlog.loaded(try #require(ask(&backlog, appetite: 200)), count: 3, nextDue: later)
    #expect(backlog.nextDue(.pending) == later)
    #expect(ask(&backlog) == nil)
    #expect(ask(&backlog, at: later) != nil)
  }

  @Test(
    "a failed attempt is asked for when it is due again, in whichever state it is",
    arguments: [DeliveryState.pending, .uploaded])
  func failed(state: DeliveryState) throws {
    var backlog = Backlog()
    backlog.loaded(try #require(ask(&backlog, state)), count: 0, nextDue: nil)
    let next = now + .seconds(9)
    backlog.committed(.failed(number: 1, Fixture.failure(.retry), at: now, nextAttempt: next), now: now)
    #expect(ask(&backlog, state, at: now + .seconds(8)) == nil)
    #expect(ask(&backlog, state, at: next) != nil)
  }

  @Test("no appetite, no query")
  func noAppetite() {
    var backlog = Backlog()
    #expect(ask(&backlog, appetite: 0) == nil)
  }

  @Test("a few deliveries are not worth a query while many are under way; a probe is")
  func worth() {
    var backlog = Backlog()
    let many = Set<Int64>(1...400)
    #expect(ask(&backlog, appetite: 100, held: many) == nil)
    #expect(ask(&backlog, appetite: 1, held: many) != nil)
    #expect(ask(&backlog, .uploaded, appetite: 128, held: many) != nil)
  }
}
