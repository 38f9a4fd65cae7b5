package import DeliveryModel

/// A moment in the office's time zone.
package struct LocalMoment: Sendable, Hashable {
  package let moment: Timestamp
  /// Ahead of UTC.
  package let offset: Duration

  package init(_ moment: Timestamp, offset: Duration) {
    self.moment = moment
    self.offset = offset
  }

  private var shifted: Timestamp { moment + offset }

  /// `2026-11-23`.
  package var day: String { shifted.date.iso8601 }

  var date: CivilDate { shifted.date }

  /// `10:42:07`.
  var clock: String { String(shifted.iso8601.dropFirst(11).prefix(8)) }

  /// `2026-11-23T10:42:07+01:00`.
  package var iso8601: String {
    String(shifted.iso8601.prefix(19)) + zone
  }

  /// `+01:00`.
  var zone: String {
    let minutes = Int(offset.components.seconds / 60)
    return (minutes < 0 ? "-" : "+") + Self.two(abs(minutes) / 60) + ":" + Self.two(abs(minutes) % 60)
  }

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
