import Testing

@testable import DeliveryModel

@Suite("Timestamp")
struct TimestampTests {
  @Test(
    "is written in UTC with milliseconds",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1, "1970-01-01T00:00:00.001Z"),
      (86_399_999, "1970-01-01T23:59:59.999Z"), (86_400_000, "1970-01-02T00:00:00.000Z"),
      (1_795_430_527_123, "2026-11-23T10:42:07.123Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (-2_177_452_801_000, "1900-12-31T23:59:59.000Z"), (9_223_372_036_854, "2262-04-11T23:47:16.854Z"),
    ] as [(Int64, String)])
  func text(milliseconds: Int64, expected: String) {
    #expect(Timestamp(milliseconds: milliseconds).iso8601 == expected)
  }

  @Test(
    "nanoseconds are rounded down, before 1970 too",
    arguments: [(0, 0), (999_999, 0), (1_000_000, 1), (-1, -1), (-1_000_000, -1), (-1_000_001, -2)]
      as [(Int64, Int64)])
  func nanoseconds(nanoseconds: Int64, expected: Int64) {
    #expect(Timestamp(nanoseconds: nanoseconds).milliseconds == expected)
  }

  @Test("any moment, the extremes included, has a text")
  func extremes() {
    #expect(Timestamp(milliseconds: .max).iso8601.hasSuffix("Z"))
    #expect(Timestamp(milliseconds: .min).iso8601.hasPrefix("-"))
    #expect(Timestamp(nanoseconds: .min).iso8601 == "1677-09-21T00:12:43.145Z")
  }

  @Test("the difference of two moments is what was added")
  func difference() {
    let moment = Timestamp(milliseconds: 1_795_430_527_123)
    let later = moment + .milliseconds(90_500)
    #expect(later - moment == .milliseconds(90_500))
    #expect(moment < later)
    #expect(later.date == CivilDate(year: 2026, month: 11, day: 23))
  }
}
