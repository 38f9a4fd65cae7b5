package import DeliveryModel

extension Journal {
  /// Something that lasts: it was told of, and its end was not.
  package struct OpenCondition: Hashable, Sendable {
    package var event: AlertNotice.Event
    package var subject: String
  }

  /// The next alert for a receiver, the one that was tried least first; nil for none that is due, and when to ask again.
  /// What was held back and may be told by now goes into the outbox first. Nobody waits for longer than `longestPause` after
  /// a failure.
  package func nextAlert(
    _ channel: AlertChannel, at now: Timestamp, longestPause: Duration = .seconds(86_400)
  ) async throws(JournalError) -> (alert: Alert?, next: Timestamp?) {
    let policy = AlertPolicy(channels: [channel], events: [])
    return try await transaction { database in
      let later = try Self.promote(channel, now, AlertWriter(database, policy))
      if let alert = try Self.due(channel, now, longestPause, database) { return (alert, nil) }
      let due = try database.integer("SELECT min(due) FROM alert WHERE channel = ?", [.integer(channel.rawValue)])
      return (nil, [due.map(DeliveryRow.time), later].compactMap { $0 }.min())
    }
  }

  /// It has reached its receiver. The others need not wait any longer.
  package func alertSent(_ alert: Alert, at now: Timestamp) async throws(JournalError) {
    try await transaction { database in
      let channel = SQLValue.integer(alert.channel.rawValue)
      try database.run("DELETE FROM alert WHERE channel = ? AND id = ?", [channel, .text(alert.id)])
      try database.run("UPDATE alert SET due = ?1 WHERE channel = ?2 AND due > ?1", [.time(now), channel])
    }
  }

  /// It has not, as far as is known; the reason is in plain words.
  package func alertFailed(_ alert: Alert, _ reason: String, next: Timestamp) async throws(JournalError) {
    try await transaction { database in
      try database.run(
        "UPDATE alert SET tries = tries + 1, due = ?, last_error = ? WHERE channel = ? AND id = ?",
        [.time(next), .text(reason), .integer(alert.channel.rawValue), .text(alert.id)])
    }
  }

  /// What a receiver was told and did not take.
  package struct Untaken: Equatable, Sendable {
    /// When the first of it happened.
    package var since: Timestamp
    /// Why one of the last attempts failed.
    package var reason: String
    /// How many wait, those included that were not tried yet.
    package var count: Int
  }

  /// By receiver; nothing of one that took all it was told.
  package func untakenAlerts() async throws(JournalError) -> [AlertChannel: Untaken] {
    try await onWriter { database in
      var found: [AlertChannel: Untaken] = [:]
      try database.rows(
        """
        SELECT channel, min(iif(tries > 0, at, NULL)), count(*), (SELECT last_error FROM alert l \
        WHERE l.channel = a.channel AND l.tries > 0 ORDER BY due DESC LIMIT 1) \
        FROM alert a GROUP BY channel HAVING max(tries) > 0
        """
      ) { row in
        AlertChannel(rawValue: row.integer(0)).map {
          found[$0] = Untaken(
            since: DeliveryRow.time(row.integer(1)), reason: row.text(3), count: Int(row.integer(2)))
        }
        return true
      }
      return found
    }
  }

  /// Forgets all that is meant for receivers that are none any more.
  package func forgetAlerts(except channels: [AlertChannel]) async throws(JournalError) {
    try await transaction { database in
      for channel in AlertChannel.allCases where !channels.contains(channel) {
        for table in ["alert", "alert_cause"] {
          try database.run("DELETE FROM \(table) WHERE channel = ?", [.integer(channel.rawValue)])
        }
      }
    }
  }

  /// What was told to be blocked or late and not to be over.
  package func openConditions() async throws(JournalError) -> Set<OpenCondition> {
    try await onWriter { database in
      var found: Set<OpenCondition> = []
      try database.rows("SELECT event, subject FROM alert_cause WHERE is_open = 1") { row in
        AlertNotice.Event(rawValue: row.text(0)).map {
          _ = found.insert(OpenCondition(event: $0, subject: row.text(1)))
        }
        return true
      }
      return found
    }
  }

  // MARK: Digests

  /// The day of the last digest, in days since 1970; nil for none yet.
  package func lastDigest() async throws(JournalError) -> Int64? {
    try await onWriter { try $0.integer("SELECT digest FROM journal") }
  }

  /// `notice` is the digest of the day; nil only notes the day, so that the first digest is that of the next.
  package func writeDigest(_ notice: AlertNotice?, day: Int64) async throws(JournalError) {
    try await write { changeWriter in
      try changeWriter.database.run("UPDATE journal SET digest = ?", [.integer(day)])
      if let notice { try changeWriter.alerts.write(digest: notice) }
    }
  }
}

extension Journal {
  /// Returns when the first of those that still have to wait may be told.
  private static func promote(
    _ channel: AlertChannel, _ now: Timestamp, _ writer: AlertWriter
  ) throws -> Timestamp? {
    var writer = writer
    var (ready, later): ([(AlertNotice, Int)], Timestamp?) = ([], nil)
    try writer.database.rows(
      """
      SELECT \(AlertRow.columns), held, quiet_until FROM alert_cause c WHERE channel = ? AND held > 0 \
      AND NOT \(AlertRow.isUnderWay)
      """, [.integer(channel.rawValue)]
    ) { row in
      let throttle = AlertThrottle(quietUntil: DeliveryRow.time(row.integer(8)), held: Int(row.integer(7)))
      guard let notice = AlertRow.notice(row), let look = throttle.nextLook(at: now) else { return true }
      if look <= now { ready.append((notice, throttle.held)) } else { later = min(later ?? look, look) }
      return true
    }
    for (notice, count) in ready.sorted(by: { $0.0.at < $1.0.at }) {
      try writer.send(notice, to: channel, count: count, at: now)
    }
    try forgetOld(channel, now, writer.database)
    return later
  }

  /// Causes that nobody has heard of for a day, such as those of a folder that is no longer watched.
  private static func forgetOld(_ channel: AlertChannel, _ now: Timestamp, _ database: Database) throws {
    try database.run(
      """
      DELETE FROM alert_cause AS c WHERE channel = ? AND held = 0 AND is_open = 0 AND quiet_until < ? \
      AND NOT \(AlertRow.isUnderWay)
      """, [.integer(channel.rawValue), .time(now + .seconds(-86_400))])
  }

  /// What is due later than after the longest pause was set by a clock that has since gone back.
  private static func due(
    _ channel: AlertChannel, _ now: Timestamp, _ longestPause: Duration, _ database: Database
  ) throws -> Alert? {
    try database.first(
      """
      SELECT \(AlertRow.columns), id, count, tries FROM alert WHERE channel = ? AND (due <= ? OR due > ?) \
      ORDER BY tries, number LIMIT 1
      """, [.integer(channel.rawValue), .time(now), .time(now + longestPause)]
    ) { row in
      AlertRow.notice(row).map {
        Alert(channel: channel, id: row.text(7), notice: $0, count: Int(row.integer(8)), tries: Int(row.integer(9)))
      }
    }
  }
}
