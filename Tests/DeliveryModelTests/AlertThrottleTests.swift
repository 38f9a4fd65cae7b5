import DeliveryModel
import Testing

@Suite struct AlertThrottleTests {
  private let now = Timestamp(milliseconds: 1_795_000_000_000)

  @Test("What was never told is told at once; after that an hour passes")
  func anHour() {
    #expect(AlertThrottle().isOpen(at: now))
    let told = AlertThrottle(quietUntil: now + AlertThrottle.interval)
    #expect(!told.isOpen(at: now))
    #expect(!told.isOpen(at: now + .seconds(3599)))
    #expect(told.isOpen(at: now + .seconds(3600)))
  }

  @Test("A clock that was set back silences nothing for longer than the hour")
  func clockSetBack() {
    let told = AlertThrottle(quietUntil: now + AlertThrottle.interval)
    #expect(told.isOpen(at: now + .seconds(-1)))
  }

  @Test("While one has not reached its receiver, no second one of its cause is sent after it")
  func underWay() {
    let stuck = AlertThrottle(quietUntil: now, held: 3, isUnderWay: true)
    #expect(!stuck.isOpen(at: now + .seconds(9999)))
    #expect(stuck.nextLook(at: now) == nil)
  }

  @Test("What is held back is told when the hour is over, and nothing is looked after where there is nothing")
  func nextLook() {
    let quiet = now + .seconds(10)
    #expect(AlertThrottle(quietUntil: quiet).nextLook(at: now) == nil)
    #expect(AlertThrottle(quietUntil: quiet, held: 1).nextLook(at: now) == quiet)
    #expect(AlertThrottle(quietUntil: quiet, held: 1).nextLook(at: quiet + .seconds(5)) == quiet + .seconds(5))
  }

  @Test("An alert's name is one header's worth of visible ASCII without the dot that separates what is signed")
  func names() {
    let notice = AlertNotice(.oldestPending, "in.box_1-2", at: now)
    #expect(notice.id == "oldest_pending_in:box_1-2_1795000000000")
  }
}
