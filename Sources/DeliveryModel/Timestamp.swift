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
    let date = date
    guard 0...9999 ~= date.year else { return date.iso8601 + Self.text(ofTime: time) }
    return String(unsafeUninitializedCapacity: 24) { buffer in
      date.write(to: buffer)
      Self.write(time: time, to: buffer, at: 10)
      return 24
    }
  }

  /// `T10:42:07.123Z`, of milliseconds since midnight.
  private static func text(ofTime time: Int64) -> String {
    String(unsafeUninitializedCapacity: 14) { buffer in
      write(time: time, to: buffer, at: 0)
      return 14
    }
  }

  private static func write(time: Int64, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
    buffer[start] = UInt8(ascii: "T")
    writeDecimal(time / 3_600_000, digits: 2, to: buffer, at: start + 1)
    buffer[start + 3] = UInt8(ascii: ":")
    writeDecimal(time / 60_000 % 60, digits: 2, to: buffer, at: start + 4)
    buffer[start + 6] = UInt8(ascii: ":")
    writeDecimal(time / 1000 % 60, digits: 2, to: buffer, at: start + 7)
    buffer[start + 9] = UInt8(ascii: ".")
    writeDecimal(time % 1000, digits: 3, to: buffer, at: start + 10)
    buffer[start + 13] = UInt8(ascii: "Z")
  }

  /// Reads exactly what ``iso8601`` writes for years of four digits; nil for anything else.
  package init?(iso8601 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 24 else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      bytes[range].reduce(Int64?(0)) { sum, byte in
        guard let sum, case UInt8(ascii: "0")...UInt8(ascii: "9") = byte else { return nil }
        return sum * 10 + Int64(byte - UInt8(ascii: "0"))
      }
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19), let rest = number(20..<23),
      1...12 ~= month, 1...31 ~= day, hour < 24, minute < 60, second < 60
    else { return nil }
    let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
    milliseconds = days * Self.millisecondsPerDay + hour * 3_600_000 + minute * 60_000 + second * 1000 + rest
    // The separators, and days that a month does not have.
    guard iso8601.utf8.elementsEqual(bytes) else { return nil }
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

/// Writes the last decimal digits of `value`, with leading zeros.
func writeDecimal(_ value: Int64, digits: Int, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
  var rest = value.magnitude
  var place = start + digits
  while place > start {
    place -= 1
    buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
    rest /= 10
  }
}

/// Decimal digits with leading zeros, without a formatter.
func padded(_ value: Int64, width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

func twoDigits(_ value: Int64) -> String { padded(value, width: 2) }

extension Timestamp {
  /// `10:42`, UTC.
  package var timeOfDay: String { String(iso8601.dropFirst(11).prefix(5)) }
  /// `10:42:07`, UTC.
  package var timeOfDayWithSeconds: String { String(iso8601.dropFirst(11).prefix(8)) }
}

extension Duration {
  /// `12s`, `4min`, `3h`, `5d`: the largest unit that fits.
  package var brief: String {
    let seconds = max(0, components.seconds)
    return switch seconds {
    case ..<120: "\(seconds)s"
    case ..<7200: "\(seconds / 60)min"
    case ..<172_800: "\(seconds / 3600)h"
    default: "\(seconds / 86_400)d"
    }
  }
}
