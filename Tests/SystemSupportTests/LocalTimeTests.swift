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

  @Test("a time of a local day is found again, in winter and in summer, and the days follow one another")
  func moments() {
    for milliseconds in [1_764_064_927_123, 1_782_470_527_000] as [Int64] {
      let day = LocalTime.day(at: Timestamp(milliseconds: milliseconds))
      for minute in [0, 450, 1439] {
        let moment = LocalTime.moment(day: day, minute: minute)
        #expect(LocalTime.day(at: moment) == day)
        #expect(LocalTime.secondOfDay(at: moment) == minute * 60)
      }
      #expect(LocalTime.day(at: LocalTime.moment(day: day + 1, minute: 0)) == day + 1)
    }
  }

  /// The same by the offset that the system names.
  private func expected(_ moment: Timestamp) -> Int {
    var seconds = time_t(moment.milliseconds / 1000)
    var fields = tm()
    localtime_r(&seconds, &fields)
    return (Int(seconds) + fields.tm_gmtoff) % 86_400
  }
}
