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

  /// How far ahead of UTC the local time is at `moment`.
  package static func offset(at moment: Timestamp) -> Duration {
    tzset()
    var seconds = time_t(moment.milliseconds / 1000)
    var fields = tm()
    guard localtime_r(&seconds, &fields) != nil else { return .zero }
    return .seconds(fields.tm_gmtoff)
  }
}
