import DeliveryModel
import Testing

struct CountedNounTests {
  @Test("one is one, all others are many")
  func counted() {
    #expect([0, 1, 2].map { $0.counted("record") } == ["0 records", "1 record", "2 records"])
    #expect([1, 5].map { $0.counted("file differs", "files differ") } == ["1 file differs", "5 files differ"])
  }
}
