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

  /// `2026-11-23 10:42`.
  package var minute: String { day + " " + shifted.iso8601.dropFirst(11).prefix(5) }

  /// `2026-11-23T10:42:07+01:00`.
  package var iso8601: String {
    let minutes = Int(offset.components.seconds / 60)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let zone = (minutes < 0 ? "-" : "+") + two(abs(minutes) / 60) + ":" + two(abs(minutes) % 60)
    return String(shifted.iso8601.prefix(19)) + zone
  }
}
