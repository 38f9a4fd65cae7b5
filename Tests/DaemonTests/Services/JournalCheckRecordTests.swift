import TestSupport
import Testing

@testable import Daemon

struct JournalCheckRecordTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func record(boot: Int64 = 7) -> JournalCheckRecord {
    JournalCheckRecord(directory: directory.path, boot: boot)
  }

  @Test("after an end in order nothing is due")
  func inOrder() {
    record().begin(endedUncleanly: false)
    #expect(!record().isDue)
  }

  @Test("a check that did not come to its end is due until one does, and then not again until the machine starts anew")
  func remembered() {
    record().begin(endedUncleanly: true)
    #expect(record().isDue)
    // The daemon is stopped in order meanwhile.
    record().begin(endedUncleanly: false)
    #expect(record().isDue)
    record().done()
    #expect(!record().isDue)
    record().begin(endedUncleanly: true)
    #expect(!record().isDue)
    record(boot: 8).begin(endedUncleanly: true)
    #expect(record(boot: 8).isDue)
  }

  @Test("where the system does not tell the starts apart, each end without a word asks for a check")
  func unknownBoot() {
    record(boot: 0).begin(endedUncleanly: true)
    record(boot: 0).done()
    record(boot: 0).begin(endedUncleanly: true)
    #expect(record(boot: 0).isDue)
  }
}
