import DeliveryModel

/// Notices as columns, in an order that is fixed here: `event, subject, at, delivery, path, reason, details`.
enum AlertRow {
  static let columns = "event, subject, at, delivery, path, reason, details"

  /// Whether the outbox holds an alert of the cause `c`.
  static let isUnderWay =
    "EXISTS (SELECT 1 FROM alert a WHERE a.channel = c.channel AND a.event = c.event AND a.subject = c.subject)"

  static func cause(_ notice: AlertNotice, _ channel: AlertChannel) -> [SQLValue] {
    [.integer(channel.rawValue), .text(notice.event.rawValue), .text(notice.subject)]
  }

  static func facts(_ notice: AlertNotice) -> [SQLValue] {
    [
      .time(notice.at), notice.number.map { .integer($0) } ?? .null, notice.path.map { .bytes($0.bytes) } ?? .null,
      .text(notice.reason), .text(notice.details),
    ]
  }

  /// The notice in a row that begins with ``columns``; nil for one that this program could not have written.
  static func notice(_ row: SQLRow) -> AlertNotice? {
    guard let event = AlertNotice.Event(rawValue: row.text(0)) else { return nil }
    return AlertNotice(
      event, row.text(1), at: DeliveryRow.time(row.integer(2)), number: row.optionalInteger(3),
      path: row.optionalBytes(4).map { RelativePath(unchecked: $0) }, reason: row.text(5), details: row.text(6))
  }
}
