import Testing

@testable import DeliveryModel

@Suite("FileIdentity")
struct FileIdentityTests {
  private func moment(_ modified: Int64) -> String {
    FileIdentity(device: 1, inode: 1, size: 1, modified: modified, changed: 1).modifiedAt.iso8601
  }

  @Test("nanoseconds are nanoseconds, beyond them seconds go on, and the ends mean what they meant before")
  func moments() {
    let edge: Int64 = 9_200_000_000_000_000_000
    #expect(moment(1_500_000_000) == "1970-01-01T00:00:01.500Z")
    #expect(moment(edge - 1) == "2261-07-15T11:33:19.999Z")
    #expect(moment(edge + 60) == "2261-07-15T11:34:20.000Z")
    #expect(moment(-edge - 60) == "1678-06-18T12:25:40.000Z")
    #expect(moment(edge + 1_213_792_000) == "2300-01-01T00:00:00.000Z")
    #expect(moment(.max) == "2262-04-11T23:47:16.854Z")
    #expect(moment(.min) == "1677-09-21T00:12:43.145Z")
    #expect(moment(.max - 1).count > 20)
  }
}
