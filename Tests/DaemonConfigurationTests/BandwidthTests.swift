import Testing

@testable import DaemonConfiguration

@Suite("Bandwidth")
struct BandwidthTests {
  private func parse(_ text: String) throws -> BandwidthLimit { try ValueSyntax.bandwidth.parse(text) }

  private func period(_ begin: Int, _ end: Int, _ rate: Int64?) -> BandwidthLimit.Period {
    BandwidthLimit.Period(begin: begin, end: end, rate: rate)
  }

  @Test("a rate holds all day, a timetable by the time of day, and off is no limit")
  func syntax() throws {
    #expect(try parse("20MB/s") == BandwidthLimit(otherwise: 20_000_000))
    let office = try parse("08:00-19:00 20MB/s, else off")
    #expect(office == BandwidthLimit(periods: [period(480, 1140, 20_000_000)], otherwise: nil))
    #expect(try parse("08:00-19:00 20MB/s") == office)
    #expect(try parse("08:00-12:00 1MB/s,12:00-24:00 off,else 5MB/s").periods.count == 2)
  }

  @Test(
    "what is wrong is named",
    arguments: [
      ("08:00-19:00", "has an entry \"08:00-19:00\" that is not a time and a rate"),
      ("08:00-19:00 20MB/s,", "has an entry \"\" that is not a time and a rate"),
      ("8:00-19:00 20MB/s", "has \"8:00\", which is no time of day from 00:00 to 24:00"),
      ("08:00-24:01 20MB/s", "has \"24:01\", which is no time of day from 00:00 to 24:00"),
      ("08:60-09:00 20MB/s", "has \"08:60\", which is no time of day from 00:00 to 24:00"),
      ("08:00 20MB/s", "has \"08:00\", which is no period such as 08:00-19:00"),
      ("08:00-08:00 off", "has a period \"08:00-08:00\" that ends where it begins"),
      ("00:00-24:00 off", "has a period \"00:00-24:00\" that ends where it begins"),
      ("08:00-19:00 fast", "has \"fast\", which is no rate"),
      ("08:00-19:00 1B/s", "has \"1B/s\", which is out of range"),
      ("08:00-19:00 off, 18:00-20:00 1MB/s", "has a period \"18:00-20:00\" that overlaps one before it"),
      ("22:00-06:00 off, 05:00-07:00 1MB/s", "has a period \"05:00-07:00\" that overlaps one before it"),
      ("else off", "has nothing before \"else\""),
      ("08:00-19:00 1MB/s, else off, 20:00-21:00 off", "has something after \"else\""),
      ("20MB", "is no rate"),
    ])
  func problems(text: String, clause: String) {
    let problem = #expect(throws: SyntaxProblem.self) { try parse(text) }
    #expect(problem?.clause == clause)
  }

  @Test(
    "the limit is that of the period, which may go over midnight",
    arguments: [(0, 1), (359, 1), (360, nil), (479, nil), (480, 2), (1139, 2), (1140, nil), (1319, nil), (1320, 1)]
      as [(Int, Int64?)])
  func rates(minute: Int, rate: Int64?) {
    let limit = BandwidthLimit(periods: [period(480, 1140, 2), period(1320, 360, 1)], otherwise: nil)
    #expect(limit.rate(at: minute) == rate)
  }

  @Test(
    "the next change is the next border, a day ahead at most", arguments: [(0, 480), (479, 1), (480, 660), (1140, 780)])
  func changes(minute: Int, wait: Int) {
    let limit = BandwidthLimit(periods: [period(480, 1140, 2)], otherwise: nil)
    #expect(limit.minutesToChange(after: minute) == wait)
    #expect(BandwidthLimit(otherwise: 5).minutesToChange(after: minute) == nil)
  }
}
