import Testing

@testable import DeliveryModel

@Suite("RetrySchedule")
struct RetryScheduleTests {
  let schedule = RetrySchedule()

  @Test(
    "the ceiling doubles up to the cap and stays there",
    arguments: [(0, 1), (1, 1), (2, 2), (3, 4), (10, 512), (11, 900), (12, 900), (1000, 900), (Int.max, 900), (-5, 1)])
  func ceiling(failures: Int, seconds: Int) {
    #expect(schedule.ceiling(afterFailures: failures) == .seconds(seconds))
  }

  @Test("a delay is the random share of the ceiling")
  func jitter() {
    #expect(schedule.delay(afterFailures: 4, random: 0) == .zero)
    #expect(schedule.delay(afterFailures: 4, random: 0.5) == .seconds(4))
    #expect(schedule.delay(afterFailures: 400, random: 0.999) == .milliseconds(899_100))
  }

  @Test("a service's own wish is never undercut, and never exceeds the cap")
  func retryAfter() {
    #expect(schedule.delay(afterFailures: 1, random: 0, retryAfter: .seconds(30)) == .seconds(30))
    #expect(schedule.delay(afterFailures: 10, random: 0.5, retryAfter: .seconds(30)) == .seconds(256))
    #expect(schedule.delay(afterFailures: 1, random: 0, retryAfter: .seconds(86_400)) == .seconds(900))
  }

  @Test("a cap below the base is the cap")
  func smallCap() {
    let schedule = RetrySchedule(base: .seconds(10), cap: .seconds(3))
    #expect(schedule.ceiling(afterFailures: 1) == .seconds(3))
  }
}
