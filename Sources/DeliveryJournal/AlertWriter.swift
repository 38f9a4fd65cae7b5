import DeliveryModel

/// Writes notices inside the transaction of what they tell of: for each receiver into the outbox, or, where its cause was
/// told within the hour, into what is held back.
struct AlertWriter {
  let database: Database
  let policy: AlertPolicy?
  private(set) var tally = AlertDesk.Tally()

  init(_ database: Database, _ policy: AlertPolicy?) {
    self.database = database
    self.policy = policy
  }

  func wants(_ event: AlertNotice.Event) -> Bool { policy?.events.contains(event) == true }

  /// Tells of a delivery.
  mutating func write(
    _ event: AlertNotice.Event, delivery number: Int64, _ reason: String, at moment: Timestamp
  ) throws {
    guard wants(event) else { return }
    let found = try database.first(
      "SELECT folder, directory, name FROM delivery WHERE number = ?", [.integer(number)]
    ) {
      ($0.text(0), DeliveryRow.path(directory: $0.bytes(1), name: $0.bytes(2)))
    }
    guard let (folder, path) = found else { return }
    try write(AlertNotice(event, folder, at: moment, number: number, path: path, reason: reason))
  }

  mutating func write(_ notice: AlertNotice) throws {
    guard let policy, wants(notice.event) else { return }
    for channel in policy.channels { try write(notice, to: channel) }
  }

  private mutating func write(_ notice: AlertNotice, to channel: AlertChannel) throws {
    guard try notice.event != .recovered || closeConditions(of: notice.subject, channel) else { return }
    if notice.isReminder, try isOpen(notice, channel) { return }
    let takenBack = try takeBack(beside: notice, channel)
    let throttle = try throttle(of: notice, channel)
    let count = throttle.held + takenBack + 1
    if throttle.isOpen(at: notice.at) {
      try send(notice, to: channel, count: count, at: notice.at)
    } else {
      try hold(notice, channel, count: count)
    }
  }

  /// Puts a notice into the outbox; its cause is quiet for an hour from `moment` on.
  mutating func send(_ notice: AlertNotice, to channel: AlertChannel, count: Int, at moment: Timestamp) throws {
    try insert(notice, to: channel, count: count, due: moment)
    try database.run(
      """
      INSERT INTO alert_cause (channel, event, subject, quiet_until, is_open) VALUES (?1, ?2, ?3, ?4, ?5) \
      ON CONFLICT (channel, event, subject) DO UPDATE SET quiet_until = ?4, is_open = max(is_open, ?5), held = 0, \
      at = NULL, delivery = NULL, path = NULL, reason = NULL, details = NULL
      """,
      AlertRow.cause(notice, channel) + [
        .time(moment + AlertThrottle.interval), .integer(notice.event.opensCondition ? 1 : 0),
      ])
  }

  private mutating func insert(_ notice: AlertNotice, to channel: AlertChannel, count: Int, due: Timestamp) throws {
    try database.run(
      """
      INSERT OR IGNORE INTO alert (channel, event, subject, at, delivery, path, reason, details, id, count, due) \
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      AlertRow.cause(notice, channel) + AlertRow.facts(notice) + [
        .text(notice.id), .integer(Int64(count)), .time(due),
      ])
    tally.written[channel, default: 0] += 1
  }

  private mutating func hold(_ notice: AlertNotice, _ channel: AlertChannel, count: Int) throws {
    try database.run(
      """
      UPDATE alert_cause SET at = ?4, delivery = ?5, path = ?6, reason = ?7, details = ?8, held = ?9, \
      is_open = max(is_open, ?10) WHERE channel = ?1 AND event = ?2 AND subject = ?3
      """,
      AlertRow.cause(notice, channel) + AlertRow.facts(notice) + [
        .integer(Int64(count)), .integer(notice.event.opensCondition ? 1 : 0),
      ])
    tally.held[channel, default: 0] += 1
  }

  private func throttle(of notice: AlertNotice, _ channel: AlertChannel) throws -> AlertThrottle {
    try database.first(
      """
      SELECT quiet_until, held, \(AlertRow.isUnderWay) FROM alert_cause c \
      WHERE channel = ? AND event = ? AND subject = ?
      """, AlertRow.cause(notice, channel)
    ) { row in
      AlertThrottle(
        quietUntil: DeliveryRow.time(row.integer(0)), held: Int(row.integer(1)), isUnderWay: row.integer(2) == 1)
    } ?? AlertThrottle()
  }

  private func isOpen(_ notice: AlertNotice, _ channel: AlertChannel) throws -> Bool {
    let sql = "SELECT is_open FROM alert_cause WHERE channel = ? AND event = ? AND subject = ?"
    return try database.integer(sql, AlertRow.cause(notice, channel)) == 1
  }

  // MARK: What is over

  /// Returns whether there was something that could end.
  private func closeConditions(of subject: String, _ channel: AlertChannel) throws -> Bool {
    try database.run(
      "UPDATE alert_cause SET is_open = 0 WHERE channel = ? AND subject = ? AND is_open = 1",
      [.integer(channel.rawValue), .text(subject)])
    return database.changesCount > 0
  }

  /// What is held back and no longer true is not told: of a service that was blocked and works again, only the last counts.
  /// Returns how many there were.
  private func takeBack(beside notice: AlertNotice, _ channel: AlertChannel) throws -> Int {
    guard notice.event == .recovered || notice.event.opensCondition else { return 0 }
    let others = notice.event == .recovered ? "event IN ('blocked', 'oldest_pending', 'folder')" : "event = 'recovered'"
    let place: [SQLValue] = [.integer(channel.rawValue), .text(notice.subject)]
    let condition = "WHERE channel = ? AND subject = ? AND \(others) AND held > 0"
    let held = try database.integer("SELECT sum(held) FROM alert_cause \(condition)", place) ?? 0
    if held > 0 { try database.run("UPDATE alert_cause SET held = 0 \(condition)", place) }
    return Int(held)
  }

  // MARK: Digests

  /// Of those that cannot be sent, only the newest are kept.
  private static let digestLimit = 7

  /// One for each day, whatever was told within the hour.
  mutating func write(digest: AlertNotice) throws {
    for channel in policy?.channels ?? [] {
      try insert(digest, to: channel, count: 1, due: digest.at)
      try database.run(
        """
        DELETE FROM alert WHERE channel = ?1 AND event = 'digest' AND number <= (SELECT number FROM alert \
        WHERE channel = ?1 AND event = 'digest' ORDER BY number DESC LIMIT 1 OFFSET ?2)
        """, [.integer(channel.rawValue), .integer(Int64(Self.digestLimit))])
    }
  }
}

extension AlertNotice.Event {
  /// Whether something lasts from it on, until it has recovered.
  var opensCondition: Bool { self == .blocked || self == .oldestPending || self == .folder }
}
