package import DeliveryModel

/// The two ways in which services write a moment.
package enum ServiceDate {
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `Tue, 24 Nov 2026 10:42:07 GMT`, the fixed form of RFC 9110 5.6.7; nil for anything else.
  package static func http(_ text: String?) -> Timestamp? {
    guard let text, text.utf8.count == 29, text.hasSuffix(" GMT") else { return nil }
    let words = text.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "," })
    guard words.count == 8, let month = months.firstIndex(of: String(words[2])) else { return nil }
    let date = (year: Int64(words[3]), month: Int64(month + 1), day: Int64(words[1]))
    return timestamp(date, (Int64(words[4]), Int64(words[5]), Int64(words[6])))
  }

  /// `2026-11-24T10:42:07Z`, with or without a fraction, which is dropped; nil for anything else.
  static func iso8601(_ text: String?) -> Timestamp? {
    guard let text, text.utf8.count <= 40, text.hasSuffix("Z") else { return nil }
    let halves = text.dropLast().split(separator: "T", omittingEmptySubsequences: false)
    guard halves.count == 2 else { return nil }
    let days = halves[0].split(separator: "-", omittingEmptySubsequences: false)
    let times = halves[1].prefix { $0 != "." }.split(separator: ":", omittingEmptySubsequences: false)
    guard days.count == 3, times.count == 3 else { return nil }
    return timestamp(
      (Int64(days[0]), Int64(days[1]), Int64(days[2])), (Int64(times[0]), Int64(times[1]), Int64(times[2])))
  }

  private static func timestamp(
    _ date: (year: Int64?, month: Int64?, day: Int64?), _ time: (hour: Int64?, minute: Int64?, second: Int64?)
  ) -> Timestamp? {
    guard let year = date.year, let month = date.month, let day = date.day, let hour = time.hour,
      let minute = time.minute, let second = time.second, 1970...9999 ~= year, 1...12 ~= month, 1...31 ~= day,
      0...23 ~= hour, 0...59 ~= minute, 0...60 ~= second
    else { return nil }
    let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
    return Timestamp(milliseconds: (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000)
  }
}
