extension ValueSyntax where Value == BandwidthLimit {
  private static var range: ClosedRange<Int64> { 1000...1_000_000_000_000 }

  /// `"20MB/s"`, or a timetable `"08:00-19:00 20MB/s, else off"`.
  static var bandwidth: ValueSyntax {
    let expected =
      "a rate such as \"20MB/s\", \(Quantity.rate.rangeText(range)), or a timetable such as \"08:00-19:00 20MB/s, else off\""
    return ValueSyntax(expected: expected) { text throws(SyntaxProblem) in
      guard text.contains(where: { ":, ".contains($0) }) else {
        return BandwidthLimit(otherwise: try Quantity.rate.parse(text, in: range))
      }
      return try timetable(text)
    }
  }

  private static func timetable(_ text: String) throws(SyntaxProblem) -> BandwidthLimit {
    var periods: [BandwidthLimit.Period] = []
    let entries = text.split(separator: ",", omittingEmptySubsequences: false).map { words(of: $0) }
    for (index, entry) in entries.enumerated() {
      guard entry.count == 2 else {
        throw SyntaxProblem("has an entry \"\(entry.joined(separator: " "))\" that is not a time and a rate")
      }
      if entry[0] == "else" {
        guard index == entries.count - 1, index > 0 else {
          throw SyntaxProblem(index > 0 ? "has something after \"else\"" : "has nothing before \"else\"")
        }
        return BandwidthLimit(periods: periods, otherwise: try rate(entry[1]))
      }
      let period = try period(entry[0], rate: rate(entry[1]))
      if periods.contains(where: { overlap($0, period) }) {
        throw SyntaxProblem("has a period \"\(entry[0])\" that overlaps one before it")
      }
      periods.append(period)
    }
    return BandwidthLimit(periods: periods, otherwise: nil)
  }

  private static func words(of entry: Substring) -> [String] { entry.split(separator: " ").map(String.init) }

  /// `off` is no limit.
  private static func rate(_ text: String) throws(SyntaxProblem) -> Int64? {
    if text == "off" { return nil }
    do {
      return try Quantity.rate.parse(text, in: range)
    } catch {
      throw SyntaxProblem("has \"\(text)\", which \(error.clause)")
    }
  }

  private static func period(_ text: String, rate: Int64?) throws(SyntaxProblem) -> BandwidthLimit.Period {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { throw SyntaxProblem("has \"\(text)\", which is no period such as 08:00-19:00") }
    let (begin, end) = (try minute(ends[0]), try minute(ends[1]) % BandwidthLimit.minutesADay)
    guard begin != end, begin < BandwidthLimit.minutesADay else {
      throw SyntaxProblem("has a period \"\(text)\" that ends where it begins")
    }
    return BandwidthLimit.Period(begin: begin, end: end, rate: rate)
  }

  /// `00:00` to `24:00`.
  private static func minute(_ text: Substring) throws(SyntaxProblem) -> Int {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.isASCII && $0.isNumber } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60,
      hour * 60 + minute <= BandwidthLimit.minutesADay
    else { throw SyntaxProblem("has \"\(text)\", which is no time of day from 00:00 to 24:00") }
    return hour * 60 + minute
  }

  private static func overlap(_ one: BandwidthLimit.Period, _ other: BandwidthLimit.Period) -> Bool {
    one.contains(other.begin) || other.contains(one.begin)
  }
}
