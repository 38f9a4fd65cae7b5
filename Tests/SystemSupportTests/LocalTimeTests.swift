import DeliveryModel
import Glibc
import Testing

@testable import SystemSupport

/// `TZ` is the process's: the one test that sets it has its cases in itself.
struct LocalTimeTests {
  @Test("the time of day is the local one, in winter and in summer")
  func zones() {
    let winter = Timestamp(milliseconds: 1_764_064_927_123)
    let summer = Timestamp(milliseconds: 1_782_470_527_000)
    #expect(LocalTime.secondOfDay(at: winter) == expected(winter))
    #expect(LocalTime.secondOfDay(at: summer) == expected(summer))
    #expect(0..<86_400 ~= LocalTime.secondOfDay(at: WallClock.now))
  }

  /// The same by the offset that the system names.
  private func expected(_ moment: Timestamp) -> Int {
    var seconds = time_t(moment.milliseconds / 1000)
    var fields = tm()
    localtime_r(&seconds, &fields)
    return (Int(seconds) + fields.tm_gmtoff) % 86_400
  }
}
