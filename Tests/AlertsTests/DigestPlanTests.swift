import Testing

@testable import Alerts

@Suite struct DigestPlanTests {
  private func plan(_ last: Int64?, today: Int64 = 100, minute: Int = 450, time: Int = 450) -> DigestPlan {
    DigestPlan(last: last, today: today, minute: minute, time: time)
  }

  @Test("It is due from its minute on, once a day, and a day that was missed is made up for once")
  func due() {
    #expect(plan(99) == .due)
    #expect(plan(99, minute: 449) == .wait(day: 100))
    #expect(plan(100, minute: 1439) == .wait(day: 101))
    #expect(plan(50) == .due)
    #expect(plan(50, minute: 0) == .wait(day: 100))
  }

  @Test("The first one is that of the next time")
  func first() {
    #expect(plan(nil) == .begin(day: 100))
    #expect(plan(nil, minute: 449) == .begin(day: 99))
  }

  @Test("A clock that goes back makes no second one; one that was far ahead makes none fail to come")
  func clocks() {
    #expect(plan(100, today: 99) == .wait(day: 101))
    #expect(plan(465) == .begin(day: 100))
  }

  @Test("One a day over a year of arbitrary looks")
  func aYear() {
    var last: Int64? = 0
    var sent: [Int64] = []
    for minute in stride(from: 0, to: 365 * 1440, by: 37) {
      let today = Int64(minute / 1440)
      guard case .due = plan(last, today: today, minute: minute % 1440) else { continue }
      sent.append(today)
      last = today
    }
    #expect(sent == Array(1...364))
  }
}
