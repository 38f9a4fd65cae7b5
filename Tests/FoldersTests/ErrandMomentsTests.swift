import DeliveryModel
import Testing

@testable import Folders

@Suite("When a file may be deleted")
struct ErrandMomentsTests {
  private static let uploaded = Fixture.wall
  private static let week = Duration.seconds(7 * 86_400)
  private static let years = Duration.seconds(5000 * 86_400)

  @Test("what the services say counts, whatever our own clock says")
  func confirmed() {
    func isCertain(_ passed: Duration) -> Bool {
      ErrandMoments(now: Self.uploaded + Self.years, confirmed: Self.uploaded + passed)
        .isCertain(Self.week, after: Self.uploaded)
    }
    #expect(isCertain(Self.week) && isCertain(Self.week + .seconds(-1)))
    #expect(!isCertain(Self.week * 0.5))
  }

  @Test("while they say nothing our own is believed, but not that years have passed")
  func unconfirmed() {
    func isCertain(_ passed: Duration) -> Bool {
      ErrandMoments(now: Self.uploaded + passed).isCertain(Self.week, after: Self.uploaded)
    }
    #expect(isCertain(Self.week) && isCertain(Self.week * 3) && !isCertain(Self.years))
  }
}
