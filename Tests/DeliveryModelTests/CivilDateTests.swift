import Testing

@testable import DeliveryModel

@Suite("CivilDate")
struct CivilDateTests {
  @Test(
    "known days have their dates",
    arguments: [
      (0, "1970-01-01"), (-1, "1969-12-31"), (31, "1970-02-01"), (59, "1970-03-01"), (789, "1972-02-29"),
      (10_956, "1999-12-31"), (10_957, "2000-01-01"), (11_016, "2000-02-29"), (20_780, "2026-11-23"),
      (-25_509, "1900-02-28"), (-25_508, "1900-03-01"), (47_540, "2100-02-28"), (47_541, "2100-03-01"),
      (106_751, "2262-04-11"), (-719_162, "0001-01-01"), (-719_528, "0000-01-01"), (2_932_896, "9999-12-31"),
    ] as [(Int64, String)])
  func knownDays(day: Int64, text: String) {
    let date = CivilDate(daysSinceEpoch: day)
    #expect(date.iso8601 == text)
    #expect(date.daysSinceEpoch == day)
  }

  @Test("each day from the year -400 to 2800 follows the day before it")
  func everyDayFollows() {
    var before = CivilDate(daysSinceEpoch: -865_625)
    #expect(before == CivilDate(year: -400, month: 1, day: 1))
    for number in Int64(-865_624)...303_500 {
      let date = CivilDate(daysSinceEpoch: number)
      guard date == dayAfter(before), date.daysSinceEpoch == number else {
        Issue.record("\(date.iso8601) after \(before.iso8601)")
        return
      }
      before = date
    }
  }

  /// The calendar's own rule, written without arithmetic on days.
  private func dayAfter(_ date: CivilDate) -> CivilDate {
    let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if date.day < lengths[Int(date.month) - 1] {
      return CivilDate(year: date.year, month: date.month, day: date.day + 1)
    }
    return date.month < 12
      ? CivilDate(year: date.year, month: date.month + 1, day: 1) : CivilDate(year: date.year + 1, month: 1, day: 1)
  }
}
