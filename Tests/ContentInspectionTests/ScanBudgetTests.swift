import SystemSupport
import Testing

@testable import ContentInspection

@Suite("The time of a scan")
struct ScanBudgetTests {
  private let start = MonotonicInstant(nanoseconds: 0)

  @Test("without a step forward it ends after the timeout")
  func idle() {
    let budget = ScanBudget(timeout: .seconds(120), size: 1 << 30, now: start)
    #expect(!budget.isUsedUp(now: start + .milliseconds(119_999)))
    #expect(budget.isUsedUp(now: start + .seconds(120)))
    #expect(budget.milliseconds(now: start + .seconds(119)) == 1000)
    #expect(budget.milliseconds(now: start + .seconds(500)) == 0)
  }

  @Test("steps forward extend it, by a second for each MiB in all")
  func total() {
    var budget = ScanBudget(timeout: .seconds(120), size: 300 << 20, now: start)
    var now = start
    for _ in 0..<6 {
      now = now + .seconds(60)
      #expect(!budget.isUsedUp(now: now))
      budget.progressed(now: now)
    }
    // 120 s and 300 s more.
    #expect(!budget.isUsedUp(now: start + .milliseconds(419_999)))
    #expect(budget.isUsedUp(now: start + .seconds(420)))
  }

  @Test("what the disk took is not the scanner's time")
  func disk() {
    var budget = ScanBudget(timeout: .seconds(120), size: 0, now: start)
    budget.paused(from: start, to: start + .seconds(1000))
    #expect(!budget.isUsedUp(now: start + .seconds(1119)))
    #expect(budget.isUsedUp(now: start + .seconds(1120)))
  }
}
