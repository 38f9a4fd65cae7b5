package import DeliveryModel
import Glibc

/// The time of day where the machine stands (`TZ`, `/etc/localtime`).
package enum LocalTime {
  /// Seconds since the last local midnight at `moment`, as a clock on the wall shows them (localtime_r(3)).
  package static func secondOfDay(at moment: Timestamp) -> Int {
    tzset()
    var seconds = time_t(moment.milliseconds / 1000)
    var fields = tm()
    guard localtime_r(&seconds, &fields) != nil else { return 0 }
    return Int(fields.tm_hour) * 3600 + Int(fields.tm_min) * 60 + min(59, Int(fields.tm_sec))
  }

  /// The date that a calendar on the wall shows at `moment`, in days since 1970.
  package static func day(at moment: Timestamp) -> Int64 {
    (moment + offset(at: moment)).date.daysSinceEpoch
  }

  /// When a clock on the wall shows this time of that day (mktime(3)); a time that the clock skips becomes
  /// one beside it.
  package static func moment(day: Int64, minute: Int) -> Timestamp {
    tzset()
    let date = CivilDate(daysSinceEpoch: day)
    var fields = tm()
    (fields.tm_year, fields.tm_mon, fields.tm_mday) = (Int32(date.year - 1900), Int32(date.month - 1), Int32(date.day))
    (fields.tm_hour, fields.tm_min, fields.tm_isdst) = (Int32(minute / 60), Int32(minute % 60), -1)
    return Timestamp(milliseconds: Int64(mktime(&fields)) * 1000)
  }

  /// How far ahead of UTC the local time is at `moment`.
  package static func offset(at moment: Timestamp) -> Duration {
    tzset()
    var seconds = time_t(moment.milliseconds / 1000)
    var fields = tm()
    guard localtime_r(&seconds, &fields) != nil else { return .zero }
    return .seconds(fields.tm_gmtoff)
  }
}
