import DeliveryModel
import HTTPTransport
import TestFixtures
import Testing

@testable import Delivery

struct ServiceClockTests {
  private let start = Fixture.start

  private func answer(_ date: String?) -> HTTPResponse {
    HTTPResponse(status: 200, headers: date.map { [HTTPHeader("date", $0)] } ?? [])
  }

  @Test("nothing is known before an answer bears a date, then it goes on by itself, and is looked at now and then")
  func clock() {
    let clock = ServiceClock()
    #expect(clock.time(at: start) == nil)
    for date in [nil, "", "yesterday"] { clock.note(answer(date), now: start) }
    #expect(clock.time(at: start) == nil)
    clock.note(answer("Tue, 24 Nov 2026 10:42:07 GMT"), now: start)
    #expect(clock.time(at: start + .seconds(60))?.iso8601 == "2026-11-24T10:43:07.000Z")
    clock.note(answer("Tue, 24 Nov 2026 12:00:00 GMT"), now: start + .seconds(599))
    #expect(clock.time(at: start + .seconds(600))?.iso8601 == "2026-11-24T10:52:07.000Z")
    clock.note(answer("Tue, 24 Nov 2026 12:00:00 GMT"), now: start + .seconds(600))
    #expect(clock.time(at: start + .seconds(600))?.iso8601 == "2026-11-24T12:00:00.000Z")
  }
}
