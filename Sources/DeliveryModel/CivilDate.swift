/// A date of the proleptic Gregorian calendar.
package struct CivilDate: Hashable, Sendable {
  package let year: Int64
  package let month: Int64
  package let day: Int64

  package init(year: Int64, month: Int64, day: Int64) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date `days` after 1970-01-01, counting in eras of 400 years that begin on 1 March.
  package init(daysSinceEpoch days: Int64) {
    let shifted = days + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01; the inverse of ``init(daysSinceEpoch:)``.
  package var daysSinceEpoch: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear.flooredDivision(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// `2026-11-23`.
  package var iso8601: String {
    guard 0...9999 ~= year else {
      return (year < 0 ? "-" : "") + padded(abs(year), width: 4) + "-" + twoDigits(month) + "-" + twoDigits(day)
    }
    return String(unsafeUninitializedCapacity: 10) { buffer in
      write(to: buffer)
      return 10
    }
  }

  /// The ten characters of ``iso8601`` for a year of four digits.
  func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
    writeDecimal(year, digits: 4, to: buffer, at: 0)
    buffer[4] = UInt8(ascii: "-")
    writeDecimal(month, digits: 2, to: buffer, at: 5)
    buffer[7] = UInt8(ascii: "-")
    writeDecimal(day, digits: 2, to: buffer, at: 8)
  }
}
