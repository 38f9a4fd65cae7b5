import DeliveryModel
import Testing

@testable import AWSClients

@Suite("Dates of services")
struct ServiceDateTests {
  @Test("both forms are read")
  func forms() {
    #expect(ServiceDate.http("Tue, 24 Nov 2026 10:42:07 GMT") == signedAt)
    #expect(ServiceDate.iso8601("2026-11-24T10:42:07Z") == signedAt)
    #expect(ServiceDate.iso8601("2026-11-24T10:42:07.999Z") == signedAt)
  }

  @Test(
    "anything else is no date",
    arguments: [
      "", "Tuesday, 24-Nov-26 10:42:07 GMT", "Tue, 24 Nov 2026 10:42:07 UTC", "Tue, 24 Nov 2026 25:42:07 GMT",
      "Tue, 24 Nix 2026 10:42:07 GMT", "2026-11-24", "2026-13-24T10:42:07Z", "2026-11-24T10:42Z", "-1-11-24T10:42:07Z",
      "99999999999999999999-11-24T10:42:07Z",
    ])
  func refused(_ text: String) {
    #expect(ServiceDate.http(text) == nil)
    #expect(ServiceDate.iso8601(text) == nil)
  }
}
