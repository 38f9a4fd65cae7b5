import DeliveryModel
import TestFixtures
import Testing

@testable import Alerts

@Suite struct UrgentAlertsTests {
  private let start = Fixture.start
  private let blocked = AlertNotice(.blocked, "journal", at: Fixture.wall, reason: "the disk is full")
  private let recovered = AlertNotice(.recovered, "journal", at: Fixture.wall)

  @Test("It is told at once, its end too, and not again within the hour")
  func onceAnHour() {
    var urgent = UrgentAlerts()
    urgent.take([blocked, blocked], wanted: true, now: start)
    #expect(urgent.next == blocked)
    urgent.told(now: start)
    #expect(urgent.next == nil)
    urgent.take([recovered], wanted: true, now: start)
    #expect(urgent.next == recovered)
    urgent.told(now: start)
    urgent.take([blocked], wanted: true, now: start + .seconds(3599))
    #expect(urgent.next == nil)
    urgent.take([recovered], wanted: true, now: start + .seconds(3599))
    #expect(urgent.next == nil, "nobody heard of it")
    urgent.take([blocked], wanted: true, now: start + .seconds(3600))
    #expect(urgent.next == blocked)
  }

  @Test("What is over before anybody was told is not told")
  func over() {
    var urgent = UrgentAlerts()
    urgent.take([blocked], wanted: true, now: start)
    urgent.failed()
    #expect(urgent.tries == 1)
    urgent.take([recovered], wanted: true, now: start)
    #expect(urgent.next == nil && urgent.tries == 0)
  }

  @Test("Nothing where nobody wants it")
  func unwanted() {
    var urgent = UrgentAlerts()
    urgent.take([blocked], wanted: false, now: start)
    #expect(urgent.next == nil)
  }
}
