import Testing

@testable import Folders

struct ScanPaceTests {
  @Test("a scan that costs little comes as often as configured")
  func cheap() {
    var pace = ScanPace()
    #expect(pace.pause(atLeast: .seconds(300), isPolled: false) == .seconds(300))
    for _ in 0..<100 { pace.count(.milliseconds(10)) }
    pace.finish()
    #expect(pace.cost == .seconds(1))
    #expect(pace.pause(atLeast: .seconds(300), isPolled: false) == .seconds(300))
    #expect(pace.pause(atLeast: .seconds(10), isPolled: true) == .seconds(10))
  }

  @Test("one that costs much takes less than 1 % of a processor, 10 % of it where it is polled; the last one counts")
  func dear() {
    var pace = ScanPace()
    pace.count(.seconds(20))
    #expect(pace.pause(atLeast: .seconds(300), isPolled: false) == .seconds(300), "it is not over yet")
    pace.finish()
    #expect(pace.pause(atLeast: .seconds(300), isPolled: false) == .seconds(2500))
    #expect(pace.pause(atLeast: .seconds(10), isPolled: true) == .seconds(200))
    pace.count(.seconds(90))
    pace.abandon()
    pace.count(.milliseconds(500))
    pace.finish()
    #expect(pace.pause(atLeast: .seconds(10), isPolled: false) == .milliseconds(62_500))
  }
}
