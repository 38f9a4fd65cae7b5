package import DeliveryModel
import Glibc

/// The journal as commands see it: read-only, whether the daemon runs or not. Every call blocks.
package final class JournalReader: Sendable {
  private let path: String
  private let database: DatabaseQueue
  private let guardian: JournalGuard

  /// Opens the journal in `directory`; never makes one.
  package init(directory: String) throws(JournalError) {
    path = directory + "/" + Journal.fileName
    guardian = JournalGuard(path)
    guard access(path, F_OK) == 0 else {
      throw errno == EACCES ? .unreadable(path: path, reason: "permission denied") : .missing(path: path)
    }
    try StateDirectory.requireFiles(ofJournal: path)
    do {
      database = try JournalConnection.reader(path)
    } catch {
      throw Self.meaning(guardian.failed(error, .reader), path)
    }
    let version = try read { try JournalSchema.check($0) }
    guard version > 0 else { throw .missing(path: path) }
    guard version == JournalSchema.version else { throw .olderSchema(version) }
  }

  /// Whether there is a journal in `directory`, be it of another version; nil where that cannot be told. Blocks.
  package static func exists(in directory: String) -> Bool? {
    do throws(JournalError) {
      _ = try JournalReader(directory: directory)
      return true
    } catch {
      switch error {
      case .newerSchema, .olderSchema: return true
      case .missing: return false
      default: return nil
      }
    }
  }

  /// How many deliveries stand in each of `states`. Those that are done are counted one by one: millions, in time.
  package func counts(_ states: [DeliveryState] = DeliveryState.allCases) throws(JournalError) -> [DeliveryState: Int] {
    try read { database in
      var counts = try database.waitingCounts().filter { states.contains($0.key) }
      if states.contains(.logged) {
        counts[.logged] = try database.deliveredCount(since: Timestamp(milliseconds: .min))
      }
      return counts
    }
  }

  /// When the oldest open delivery was received.
  package func oldestOpen() throws(JournalError) -> Timestamp? {
    try read { try $0.oldestOpen(from: 0)?.received }
  }

  /// How many were delivered since `moment`.
  package func delivered(since moment: Timestamp) throws(JournalError) -> Int {
    try read { try $0.deliveredCount(since: moment) }
  }

  /// The one that was delivered last.
  package func lastDelivered() throws(JournalError) -> Delivery? {
    try read { try $0.deliveries("WHERE d.logged IS NOT NULL ORDER BY d.logged DESC, d.number DESC", limit: 1).first }
  }

  package enum Order: Sendable {
    case oldestFirst
    case newestFirst
  }

  /// Deliveries in any of `states` by number, at most `limit`.
  package func list(
    _ states: [DeliveryState], limit: Int, order: Order = .oldestFirst
  ) throws(JournalError) -> [Delivery] {
    let direction = order == .oldestFirst ? "ASC" : "DESC"
    let found = try read { database in
      try Self.conditions(Set(states), direction, limit).flatMap { try database.deliveries($0, limit: limit) }
    }
    let sorted = found.sorted { order == .oldestFirst ? $0.number < $1.number : $0.number > $1.number }
    return Array(sorted.prefix(limit))
  }

  /// What selects the deliveries of the states, so that each reads about as many rows as it gives. Both open states
  /// together are one walk along their index; of `uploaded` alone there may be none among a hundred thousand pending.
  static func conditions(_ states: Set<DeliveryState>, _ direction: String, _ limit: Int) -> [String] {
    let open: Set<DeliveryState> = [.pending, .uploaded]
    let order = "ORDER BY d.number \(direction)"
    let together = states.isSuperset(of: open)
    let rest = (together ? states.subtracting(open) : states).map { state in
      state == .uploaded
        ? """
        WHERE d.number IN (SELECT number FROM delivery INDEXED BY delivery_due WHERE state = 1 AND state IN (0, 1) \
        ORDER BY number \(direction) LIMIT \(limit)) \(order)
        """ : selection(state).replacing("?", with: String(StateCode.code(state))) + " " + order
    }
    return together ? ["INDEXED BY delivery_open WHERE d.state IN (0, 1) \(order)"] + rest : rest
  }

  /// Names the index that holds the state's numbers in order: left to choose, SQLite takes another and sorts. Logged
  /// deliveries are most of the table itself.
  static func selection(_ state: DeliveryState) -> String {
    switch state {
    case .pending, .uploaded: "INDEXED BY delivery_open WHERE d.state = ? AND d.state IN (0, 1)"
    case .parked, .withdrawn, .rejected: "INDEXED BY delivery_set_aside WHERE d.state = ? AND d.state > 2"
    case .logged: "WHERE d.state = ?"
    }
  }

  package func delivery(_ number: Int64) throws(JournalError) -> Delivery? {
    try read { try $0.deliveries("WHERE d.number = ?", [.integer(number)]).first }
  }

  /// The deliveries of a path, newest first.
  package func deliveries(of path: RelativePath, folder: String, limit: Int = 20) throws(JournalError) -> [Delivery] {
    try read { database in
      try database.deliveries(
        "WHERE \(DeliveryPath.condition) ORDER BY d.number DESC", DeliveryPath.values(path, folder: folder),
        limit: limit)
    }
  }

  /// The newest delivered version of a path that has this content.
  package func delivered(_ content: SHA256Digest, of path: RelativePath, folder: String) throws(JournalError)
    -> Delivery?
  {
    try read { database in
      let condition = "WHERE \(DeliveryPath.condition) AND d.state = 2 AND d.sha256 = ? ORDER BY d.number DESC"
      return try database.deliveries(
        condition, DeliveryPath.values(path, folder: folder) + [.digest(content)], limit: 1
      ).first
    }
  }

  /// The newest delivered version of a path: its content is in S3 and recorded.
  package func lastDelivered(of path: RelativePath, folder: String) throws(JournalError) -> Delivery? {
    try read { try $0.lastDelivered(path, folder: folder) }
  }

  func read<Value>(_ work: (Database) throws -> Value) throws(JournalError) -> Value {
    do {
      return try database.inDatabase { guardian.attempt(.reader, $0, work) }.get()
    } catch {
      throw Self.meaning(JournalError(error, path: path), path)
    }
  }

  /// A command's connection fails where it may not read.
  private static func meaning(_ error: JournalError, _ path: String) -> JournalError {
    if case .storageFailed(let reason) = error { .unreadable(path: path, reason: reason) } else { error }
  }
}
