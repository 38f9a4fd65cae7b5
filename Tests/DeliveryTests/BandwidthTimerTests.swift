import DaemonConfiguration
import TestFixtures
import Testing

@testable import Delivery

struct BandwidthTimerTests {
  private let start = Fixture.start
  private let office = BandwidthLimit(
    periods: [BandwidthLimit.Period(begin: 480, end: 1140, rate: 1000)], otherwise: nil)

  /// Looks after `elapsed`, on a day that was at `second` when it began.
  private func look(_ timer: inout BandwidthTimer, _ elapsed: Duration, from second: Int) -> Bool {
    timer.look(now: start + elapsed) { second + Int(elapsed.components.seconds) }
  }

  @Test("the limit is set at once, and changed when the clock passes the border, without looking on the way")
  func border() throws {
    var timer = BandwidthTimer(office, now: start)
    let begin = 7 * 3600 + 30 * 60 + 20
    #expect(look(&timer, .zero, from: begin) == false)
    #expect(timer.rate == nil)
    #expect(timer.lookAt == start + .seconds(29 * 60 + 40))
    #expect(look(&timer, .seconds(60), from: begin) == false)
    #expect(look(&timer, .seconds(29 * 60 + 40), from: begin) == true)
    #expect(timer.rate == 1000)
  }

  @Test("far from a border the clock is looked at once an hour: it may be set")
  func hourly() {
    var timer = BandwidthTimer(office, now: start)
    #expect(look(&timer, .zero, from: 9 * 3600) == true)
    #expect(timer.lookAt == start + .seconds(3600))
  }

  @Test("a limit without times is set once and never looked at again; a reload replaces it at once")
  func constant() {
    var timer = BandwidthTimer(BandwidthLimit(otherwise: 7), now: start)
    #expect(look(&timer, .zero, from: 0) == true)
    #expect(timer.rate == 7 && timer.lookAt == nil)
    timer.use(nil, now: start + .seconds(5))
    #expect(look(&timer, .seconds(5), from: 0) == true)
    #expect(timer.rate == nil && timer.lookAt == nil)
  }

  @Test("without a limit nothing is ever set")
  func none() {
    var timer = BandwidthTimer(nil, now: start)
    #expect(look(&timer, .zero, from: 0) == false)
    #expect(timer.lookAt == nil)
  }
}
