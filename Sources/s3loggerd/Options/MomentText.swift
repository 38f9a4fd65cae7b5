import ArgumentParser
import DeliveryModel
import Glibc

/// Now, by the wall clock.
enum Clock {
  static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}

/// A duration as people write it: `90s`, `10m`, `2h`, `7d`.
enum DurationText {
  static func parse(_ text: String) -> Duration? {
    guard let unit = text.last, let value = Int64(text.dropLast()), value >= 0, value < 1_000_000_000 else {
      return nil
    }
    let seconds: Int64? = ["s": 1, "m": 60, "h": 3600, "d": 86_400][unit]
    return seconds.map { .seconds(value * $0) }
  }
}

/// A moment as people write it: how long ago, a date, or a date and a time in UTC.
enum MomentText {
  static func parse(_ text: String, now: Timestamp) -> Timestamp? {
    if let ago = DurationText.parse(text) { return now + (.zero - ago) }
    let halves = text.split(separator: "T", maxSplits: 1)
    guard let day = halves.first.flatMap(day) else { return nil }
    guard halves.count == 2 else { return Timestamp(milliseconds: day * 86_400_000) }
    guard halves[1].hasSuffix("Z"), let time = time(halves[1].dropLast()) else { return nil }
    return Timestamp(milliseconds: day * 86_400_000 + time)
  }

  /// Throws where an option has a value that is no moment.
  static func demand(_ text: String?, of option: String) throws {
    if let text, parse(text, now: Clock.now) == nil {
      throw isNone(text, option, example: "2h, 7d, 2026-11-23 or 2026-11-23T10:00:00Z")
    }
  }

  /// Throws where an option has a value that is no day.
  static func demandDay(_ text: String?, of option: String) throws {
    if let text, day(text[...]) == nil { throw isNone(text, option, example: "2026-11-23") }
  }

  private static func isNone(_ text: String, _ option: String, example: String) -> ValidationError {
    ValidationError("\(option): '\(EscapedText.escape(text))' is no moment; one looks like \(example)")
  }

  private static func day(_ text: Substring) -> Int64? {
    let parts = text.split(separator: "-").compactMap { Int64($0) }
    guard parts.count == 3, text.count == 10 else { return nil }
    let date = CivilDate(year: parts[0], month: parts[1], day: parts[2])
    return CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date ? date.daysSinceEpoch : nil
  }

  /// Milliseconds into the day of `10:42`, `10:42:07` or `10:42:07.123`.
  private static func time(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ":").map { Double($0) }
    guard (2...3).contains(parts.count), let hour = parts[0], let minute = parts[1] else { return nil }
    let second = parts.count == 3 ? parts[2] : 0
    guard let second, hour < 24, minute < 60, second < 60, hour >= 0, minute >= 0, second >= 0 else { return nil }
    return Int64(((hour * 60 + minute) * 60 + second) * 1000)
  }
}
