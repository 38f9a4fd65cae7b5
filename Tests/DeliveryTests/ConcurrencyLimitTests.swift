import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct ConcurrencyLimitTests {
  private func grown(_ ceiling: Int = 128, successes: Int = 500) -> ConcurrencyLimit {
    var limit = ConcurrencyLimit(ceiling: ceiling)
    for _ in 0..<successes { limit.succeeded(folder: "a", took: .milliseconds(60), isFull: true, at: Fixture.wall) }
    return limit
  }

  @Test("it begins at 16, or at the ceiling where that is lower", arguments: [(128, 16), (16, 16), (3, 3), (1, 1)])
  func start(ceiling: Int, limit: Int) {
    #expect(ConcurrencyLimit(ceiling: ceiling).current == limit)
  }

  @Test("it grows up to the ceiling while requests wait and answers take no longer, and else stays")
  func growth() {
    #expect(grown().current == 128)
    var slow = ConcurrencyLimit(ceiling: 128)
    slow.succeeded(folder: "a", took: .milliseconds(10), isFull: true, at: Fixture.wall)
    let before = slow.current
    for _ in 0..<50 { slow.succeeded(folder: "a", took: .milliseconds(35), isFull: true, at: Fixture.wall) }
    #expect(slow.current == before)
    var near = ConcurrencyLimit(ceiling: 128)
    for _ in 0..<500 { near.succeeded(folder: "a", took: .milliseconds(1), isFull: true, at: Fixture.wall) }
    #expect(near.current == 16, "over a short line more under way bring nothing")
    var idle = ConcurrencyLimit(ceiling: 128)
    for _ in 0..<50 { idle.succeeded(folder: "a", took: .milliseconds(10), isFull: false, at: Fixture.wall) }
    #expect(idle.current == 16)
    var large = ConcurrencyLimit(ceiling: 128)
    for _ in 0..<50 { large.succeeded(folder: "a", took: nil, isFull: true, at: Fixture.wall) }
    #expect(large.current == 16)
  }

  @Test("it shrinks where answers take much longer than they did, never below where it began")
  func shrinking() {
    var limit = grown()
    for _ in 0..<40 { limit.succeeded(folder: "a", took: .seconds(1), isFull: true, at: Fixture.wall) }
    #expect(limit.current < 100)
    for _ in 0..<200 { limit.succeeded(folder: "a", took: .seconds(10), isFull: true, at: Fixture.wall) }
    #expect(limit.current >= 16)
  }

  @Test("a line that has become longer for good is believed")
  func longerLine() {
    var limit = ConcurrencyLimit(ceiling: 128)
    limit.succeeded(folder: "a", took: .milliseconds(5), isFull: true, at: Fixture.wall)
    for _ in 0..<800 { limit.succeeded(folder: "a", took: .milliseconds(60), isFull: true, at: Fixture.wall) }
    #expect(limit.current == 128)
  }

  @Test("throttling halves the folder that met it, down to one, and no other")
  func throttling() {
    var limit = ConcurrencyLimit(ceiling: 16)
    for expected in [8, 4, 2, 1, 1] {
      limit.throttled(folder: "a", underWay: 16, at: Fixture.wall)
      #expect(limit.limit(of: "a", isOnlyFolder: true) == expected)
    }
    #expect(limit.limit(of: "b", isOnlyFolder: true) == 16 && limit.current == 16)
    #expect(limit.throttledAt == Fixture.wall)
  }

  @Test("successes give a halved limit back one at a time, and at last the throttling is over")
  func recovery() {
    var limit = ConcurrencyLimit(ceiling: 8)
    for _ in 0..<2 { limit.throttled(folder: "a", underWay: 8, at: Fixture.wall) }
    var seen = [limit.limit(of: "a", isOnlyFolder: true)]
    for _ in 0..<60 where seen.last != 8 {
      limit.succeeded(folder: "a", took: nil, isFull: true, at: Fixture.wall)
      seen.append(limit.limit(of: "a", isOnlyFolder: true))
    }
    #expect(seen.first == 2 && seen.last == 8 && seen.count > 6)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $1 - $0 == 0 || $1 - $0 == 1 })
    #expect(limit.throttledAt == nil)
  }

  @Test("a throttled folder of which nothing more is sent is not called throttled for ever")
  func forgotten() {
    var limit = ConcurrencyLimit(ceiling: 8)
    limit.throttled(folder: "a", underWay: 8, at: Fixture.wall)
    limit.succeeded(folder: "b", took: nil, isFull: false, at: Fixture.wall + .seconds(61))
    #expect(limit.throttledAt == nil && limit.limit(of: "a", isOnlyFolder: true) == 8)
  }

  @Test("where there are several folders, none gets all of the ceiling")
  func reserve() {
    #expect(ConcurrencyLimit(ceiling: 128).limit(of: "a", isOnlyFolder: false) == 112)
    #expect(ConcurrencyLimit(ceiling: 16).limit(of: "a", isOnlyFolder: false) == 12)
    #expect(ConcurrencyLimit(ceiling: 1).limit(of: "a", isOnlyFolder: false) == 1)
  }

  @Test("another ceiling is in force at once")
  func resize() {
    var limit = ConcurrencyLimit(ceiling: 4)
    limit.resize(to: 2)
    #expect(limit.current == 2)
    limit.resize(to: 64)
    #expect(limit.current == 16)
  }
}
