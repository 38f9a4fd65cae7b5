/// A moment of wall-clock time, in milliseconds since 1970-01-01 UTC.
///
/// For records and for people. No decision about "how long ago" is made with it: those use the monotonic clock.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// Rounds nanoseconds since the epoch down to the millisecond, before 1970 too.
  package init(nanoseconds: Int64) {
    milliseconds = nanoseconds.flooredDivision(by: 1_000_000)
  }

  package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

  package static func + (moment: Self, duration: Duration) -> Self {
    Timestamp(milliseconds: moment.milliseconds.addingReportingOverflow(duration.wholeMilliseconds).partialValue)
  }

  package static func - (left: Self, right: Self) -> Duration {
    .milliseconds(left.milliseconds - right.milliseconds)
  }

  /// `2026-11-23T10:42:07.123Z`.
  package var iso8601: String {
    let remainder = milliseconds % Self.millisecondsPerDay
    let time = remainder < 0 ? remainder + Self.millisecondsPerDay : remainder
    let text = date.iso8601 + "T" + twoDigits(time / 3_600_000) + ":" + twoDigits(time / 60_000 % 60)
    return text + ":" + twoDigits(time / 1000 % 60) + "." + padded(time % 1000, width: 3) + "Z"
  }

  /// The UTC date.
  package var date: CivilDate {
    CivilDate(daysSinceEpoch: milliseconds.flooredDivision(by: Self.millisecondsPerDay))
  }

  private static let millisecondsPerDay: Int64 = 86_400_000
}

extension Duration {
  /// Milliseconds, the rest cut off.
  package var wholeMilliseconds: Int64 {
    components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000
  }
}

extension Int64 {
  func flooredDivision(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

/// Decimal digits with leading zeros, without a formatter.
func padded(_ value: Int64, width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

func twoDigits(_ value: Int64) -> String { padded(value, width: 2) }
