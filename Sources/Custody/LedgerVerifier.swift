package import Cryptography
import DeliveryModel

/// Verifies how the days of one or several hosts hang together: from day to day, from key to key and from log to log.
package enum LedgerVerifier {
  /// All problems: those of the days first, then those between them. `key`: one that must be among the keys of each host.
  ///
  /// Where a log begins and ends is looked at where `isWhole`: all that there is of each log was read.
  package static func problems(in reports: [DayReport], key: VerifyingKey? = nil, isWhole: Bool) -> [CustodyProblem] {
    var problems = reports.flatMap(\.problems)
    let readable = reports.filter { $0.path != nil }
    let logs = Dictionary(grouping: readable) { LogPlace(host: $0.host?.text ?? "", log: $0.log?.value ?? 0) }
      .mapValues { $0.sorted { $0.firstSequence < $1.firstSequence } }
    for (_, days) in logs.sorted(by: { $0.key < $1.key }) {
      if isWhole { problems += beginning(days) }
      problems += between(days)
      problems += keys(between: days)
      problems += predecessor(days, logs)
    }
    if let key { problems += distrusted(logs.sorted { $0.key < $1.key }.map(\.value), key) }
    problems += stamps(readable)
    if isWhole { problems += ends(logs) }
    return problems
  }

  private struct LogPlace: Hashable, Comparable {
    let host: String
    let log: UInt64

    static func < (left: Self, right: Self) -> Bool { (left.host, left.log) < (right.host, right.log) }
  }

  private static func problem(_ report: DayReport, _ sequence: Int64?, _ kind: CustodyProblem.Kind) -> CustodyProblem {
    CustodyProblem(place: report.path ?? "?", sequence: sequence, kind: kind)
  }

  /// A log's first day begins with line 1.
  private static func beginning(_ days: [DayReport]) -> [CustodyProblem] {
    guard let first = days.first, first.firstSequence > 1, let day = first.day else { return [] }
    let before = CivilDate(daysSinceEpoch: day.daysSinceEpoch - 1)
    return [problem(first, first.firstSequence - 1, .missingDay(before))]
  }

  /// Each day follows the one before it, by date, number, line and checkpoint.
  private static func between(_ days: [DayReport]) -> [CustodyProblem] {
    zip(days, days.dropFirst()).compactMap { before, after in
      guard let first = before.day, let second = after.day else { return nil }
      if second.daysSinceEpoch > first.daysSinceEpoch + 1 {
        let missing = CivilDate(daysSinceEpoch: second.daysSinceEpoch - 1)
        return problem(after, before.lastSequence + 1, .missingDay(missing))
      }
      // A day with a problem of its own was not read to its end.
      let isRead = before.problems.isEmpty
      let follows =
        second.daysSinceEpoch == first.daysSinceEpoch + 1 && after.previousCheckpoint == before.checkpoint
        && (!isRead || after.firstSequence == before.lastSequence + 1 && after.previousLine == before.lastLine)
      return follows ? nil : problem(after, after.firstSequence, .otherDayBefore)
    }
  }

  /// Each day opens under the key that the day before ended with.
  private static func keys(between days: [DayReport]) -> [CustodyProblem] {
    zip(days, days.dropFirst()).compactMap { before, after in
      let follows = !before.problems.isEmpty || after.openingKey == before.closingKey
      return follows ? nil : problem(after, after.firstSequence, .otherKey)
    }
  }

  /// The key that was given is one of each log's, or linked to one: a log's keys are linked by its announcements.
  private static func distrusted(_ logs: [[DayReport]], _ key: VerifyingKey) -> [CustodyProblem] {
    var trusted: Set<SHA256Digest> = [key.fingerprint]
    var rest = logs
    while let index = rest.firstIndex(where: { !trusted.isDisjoint(with: keys(of: $0)) }) {
      trusted.formUnion(keys(of: rest.remove(at: index)))
    }
    return rest.compactMap { days in days.first.map { problem($0, nil, .untrustedKey) } }
  }

  private static func keys(of days: [DayReport]) -> Set<SHA256Digest> {
    var keys: Set<SHA256Digest> = []
    for day in days {
      if let opening = day.openingKey { keys.insert(opening) }
      if let key = day.key { keys.insert(key) }
      for (_, announcement) in day.announcements { keys.insert(announcement.next.fingerprint) }
    }
    return keys
  }

  /// A log that names one before it names the end that it has, where it is there.
  private static func predecessor(_ days: [DayReport], _ logs: [LogPlace: [DayReport]]) -> [CustodyProblem] {
    guard let first = days.first, let after = first.after, let host = first.host,
      let before = logs[LogPlace(host: host.text, log: after.log.value)]
    else { return [] }
    let matches = before.contains { $0.head == after }
    return matches ? [] : [problem(first, first.firstSequence, .otherPredecessor(after.log))]
  }

  /// Every log but a host's last is named by another.
  private static func ends(_ logs: [LogPlace: [DayReport]]) -> [CustodyProblem] {
    var unnamed: [String: [DayReport]] = [:]
    for (place, days) in logs {
      let isNamed = logs.contains { $0.key.host == place.host && $0.value.first?.after?.log.value == place.log }
      if !isNamed, let last = days.last { unnamed[place.host, default: []].append(last) }
    }
    return unnamed.sorted { $0.key < $1.key }.flatMap { _, lasts in
      let inOrder = lasts.sorted { ($0.day?.daysSinceEpoch ?? 0) < ($1.day?.daysSinceEpoch ?? 0) }
      return inOrder.dropLast().compactMap { last in last.log.map { problem(last, nil, .noSuccessor($0)) } }
    }
  }

  /// A stamp that an entry names is the one in that day's directory, where both are there.
  private static func stamps(_ reports: [DayReport]) -> [CustodyProblem] {
    var replies: [String: SHA256Digest] = [:]
    for report in reports { if let path = report.path, let reply = report.reply { replies[path] = reply } }
    return reports.flatMap { report in
      report.stamps.compactMap { sequence, stamp in
        guard let host = report.host,
          let reply = replies["\(host.text)/\(stamp.log.text)/\(stamp.day.iso8601)"], reply != stamp.reply
        else { return nil }
        return problem(report, sequence, .otherStamp(stamp.day))
      }
    }
  }
}
