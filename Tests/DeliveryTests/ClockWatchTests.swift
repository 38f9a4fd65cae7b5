import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct ClockWatchTests {
  @Test(
    "a clock that was set is noticed once, a clock that runs is not",
    arguments: [(0, false), (4, false), (-4, false), (6, true), (-6, true), (86_400, true)])
  func set(seconds: Int, isNoticed: Bool) {
    var watch = ClockWatch()
    let start = Fixture.start
    #expect(watch.wasSet(wall: Fixture.wall, now: start) == false)
    let wall = Fixture.wall + .seconds(60 + seconds)
    #expect(watch.wasSet(wall: wall, now: start + .seconds(60)) == isNoticed)
    #expect(watch.wasSet(wall: wall + .seconds(1), now: start + .seconds(61)) == false)
  }
}
