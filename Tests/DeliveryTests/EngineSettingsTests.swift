import DaemonConfiguration
import DeliveryJournal
import TestFixtures
import TestSupport
import Testing

@testable import Delivery

struct EngineSettingsTests {
  @Test("what folders want done survives the journal word for word")
  func terms() throws {
    let folder = try #require(
      try Fixture.settings("/srv/inbox", "after_upload = \"delete\"\ndelete_after = \"90m\"\nreceipt = \"daily\"")
        .configuration
        .folders.first)
    #expect(folder.terms.errands == folder.errands)
    #expect(folder.terms.followUps == "1:0 0:5400000")
  }
}
