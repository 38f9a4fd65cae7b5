import Testing

@testable import DeliveryModel

@Suite("AlertNotice")
struct AlertNoticeTests {
  private func id(_ event: AlertNotice.Event, _ subject: String, _ moment: Int64, _ number: Int64?) -> String {
    AlertNotice(event, subject, at: Timestamp(milliseconds: moment), number: number).id
  }

  @Test("two files that are refused within a millisecond are two notices, each with an id that stays the same")
  func ids() {
    #expect(id(.rejected, "inbox", 1, 7) != id(.rejected, "inbox", 1, 8))
    #expect(id(.rejected, "inbox", 1, 7) == id(.rejected, "inbox", 1, 7))
    #expect(id(.rejected, "a.b", 1, 7) == "rejected_a:b_1_7")
    #expect(id(.blocked, "s3", 1, nil) == "blocked_s3_1")
  }
}
