import ControlSocket
import DeliveryJournal
import DeliveryModel
import TestFixtures
import Testing

@testable import Daemon
@testable import Delivery

@Suite("What came of orders, in words")
struct OrderReportTests {
  private func delivery(_ number: Int64, _ state: DeliveryState) -> Delivery {
    var delivery = Fixture.delivery(number)
    delivery.state = state
    if state == .logged { delivery.logged = Fixture.wall }
    if state == .withdrawn { delivery.lastError = "it is gone" }
    return delivery
  }

  @Test("a retry: what is tried, what is on its way already, what there is not, what is done")
  func retry() {
    var retried = Journal.Retried()
    retried.named = [delivery(12, .pending), delivery(13, .pending), delivery(15, .logged), delivery(16, .withdrawn)]
    let items = OrderReport.items(RetryOutcome(retried, underWay: [13]), asked: [12, 13, 14, 15, 16, 12])
    #expect(items.map(\.number) == [12, 13, 14, 15, 16], "in the order asked, each once")
    #expect(items.map(\.outcome) == [.due, .underWay, .unknown, .recorded, .withdrawn])
    #expect(items[0].message == "will be tried now")
    #expect(items[3].message.contains("recorded at \(Fixture.wall.iso8601)"))
    #expect(items[4].message.contains("it is gone"))
  }

  @Test("without a daemon nothing is tried now")
  func stopped() {
    var retried = Journal.Retried()
    retried.named = [delivery(12, .parked)]
    let items = OrderReport.items(RetryOutcome(retried), asked: [12], isRunning: false)
    #expect(items.map(\.outcome) == [.due] && items[0].message.contains("when the daemon starts"))
  }

  @Test("a dismissal: what is ended, what goes on, what must get its record")
  func dismissal() {
    var dismissed = Journal.Dismissed()
    dismissed.ended = [delivery(1, .pending)]
    dismissed.kept = [delivery(2, .uploaded), delivery(3, .parked), delivery(4, .logged)]
    let items = OrderReport.items(DismissalOutcome(dismissed, underWay: [5]), asked: [1, 2, 3, 4, 5, 6])
    #expect(items.map(\.outcome) == [.ended, .refused, .refused, .recorded, .underWay, .unknown])
    #expect(items[2].message.contains("s3loggerd queue retry 3"))
  }
}
