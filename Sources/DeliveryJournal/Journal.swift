package import DeliveryModel

/// The durable queue: which deliveries there are and how far each has come. The daemon's one writer.
///
/// WAL with `synchronous=FULL`: what ``commit(_:)`` returned from survives a power cut. The caller holds the lock file.
package final class Journal: Sendable {
  package let path: String
  let writer: DatabaseQueue
  /// For scans, so that they never wait for a commit.
  let scans: DatabaseQueue
  /// For the pages in folders, so that neither commits nor scans wait for them.
  let pages: DatabaseQueue
  /// What all of them go through.
  let guardian: JournalGuard
  let check = CheckRun()
  /// What was taken over from a damaged journal, if one was set aside and could be read.
  package let salvaged: SalvagedJournal?
  /// What of it is told to whom.
  package let alerts = AlertDesk()
  /// What is written into the custody ledger.
  package let custody = CustodyKeeping()

  /// The journal's file in the state directory.
  package static let fileName = "journal.db"

  /// Opens the journal in `directory`, makes it if there is none, and brings it up to date.
  ///
  /// A file that is no database or is damaged is moved aside first, and what can be read of it is taken over: `setAside`
  /// receives its new path, and `progress` is called now and then meanwhile. Blocks.
  package init(
    directory: String, now: Timestamp, progress: @escaping () -> Void = {}, setAside: (String) -> Void
  ) throws(JournalError) {
    path = directory + "/" + Self.fileName
    guardian = JournalGuard(path)
    try StateDirectory.prepare(directory)
    try StateDirectory.requireFiles(ofJournal: path)
    let isNew = StateDirectory.isEmpty(path)
    var salvaged: SalvagedJournal?
    do {
      if DamagedJournal.isDue(path) {
        salvaged = try Self.replace(path, now, progress, setAside)
      }
      do {
        writer = try Self.open(path, in: directory)
      } catch let error where Self.isDamage(error) {
        salvaged = try Self.replace(path, now, progress, setAside)
        writer = try Self.open(path, in: directory)
      }
      scans = try JournalConnection.reader(path)
      pages = try JournalConnection.reader(path)
    } catch {
      let reason = JournalError(error, path: path)
      guard isNew, case .storageFull(let cause) = reason else { throw reason }
      throw .noRoom(path: path, reason: cause)
    }
    self.salvaged = salvaged
  }

  private static func replace(
    _ path: String, _ now: Timestamp, _ progress: @escaping () -> Void, _ setAside: (String) -> Void
  ) throws(JournalError) -> SalvagedJournal? {
    let (aside, salvaged) = try DamagedJournal.replace(path, now: now, progress: progress)
    setAside(aside)
    return salvaged
  }

  private static func open(_ path: String, in directory: String) throws -> DatabaseQueue {
    try StateDirectory.prepareFile(path, in: directory)
    return try JournalConnection.writer(path)
  }

  private static func isDamage(_ error: any Error) -> Bool {
    if case JournalError.newerSchema(let version) = error { return !DamagedJournal.isOfNewerProgram(version) }
    return JournalError(error).isDamage
  }

  /// Returns the error after which the journal does not work any more, once there is one, whoever met it; nil where the task
  /// is cancelled before.
  package func failure() async -> JournalError? {
    for await failure in guardian.failures { return failure }
    return nil
  }

  /// Ends the connections; what is asked afterwards fails. The log is written back into the database.
  package func close() {
    scans.close()
    pages.close()
    writer.close()
  }

  // MARK: Writing

  /// Makes the changes durable, all or none, in order. Returns the numbers of the new deliveries, in order.
  ///
  /// One transaction, one fsync; cancelling the task does not stop it. Throws
  /// ``JournalError/illegalTransition(number:change:)`` for a change that does not fit its delivery's state;
  /// ``JournalError/storageFull(reason:)`` and ``JournalError/busy`` may be tried again; any other error is final.
  package func commit(_ changes: [JournalChange]) async throws(JournalError) -> [Int64] {
    if changes.isEmpty { return [] }
    return try await write { try $0.write(changes) }
  }

  /// The same; returns the changes as they were made: a file that was not recognized after all is a new one.
  package func perform(_ changes: [JournalChange]) async throws(JournalError) -> (
    made: [JournalChange], numbers: [Int64]
  ) {
    if changes.isEmpty { return ([], []) }
    return try await write { changeWriter in
      let numbers = try changeWriter.write(changes)
      var made = changes
      for index in changeWriter.unrecognized {
        if case .recognized(let file, _) = made[index] { made[index] = .received(file) }
      }
      return (made, numbers)
    }
  }

  /// One transaction of changes; then tells that it wrote alerts, if it did.
  func write<Value: Sendable>(
    _ work: @escaping @Sendable (inout ChangeWriter) throws -> Value
  ) async throws(JournalError) -> Value {
    let (policy, ledger) = (alerts.policy, custody.policy)
    let (value, tally) = try await transaction { database in
      var changeWriter = try ChangeWriter(database, policy, ledger: ledger)
      let value = try work(&changeWriter)
      try changeWriter.ledger?.save()
      return (value, changeWriter.alerts.tally)
    }
    alerts.tell(tally)
    return value
  }

  /// What a retry did.
  package struct Retried: Sendable {
    /// How many deliveries are due now.
    package var count = 0
    /// Those of them that had been set aside, as they were before.
    package var reopened: [Delivery] = []
    /// Those that were named, in whatever state, as they were before.
    package var named: [Delivery] = []

    package init(count: Int = 0, reopened: [Delivery] = [], named: [Delivery] = []) {
      self.count = count
      self.reopened = reopened
      self.named = named
    }
  }

  /// Makes deliveries due now: those named, or all that are pending or parked.
  package func retry(_ numbers: [Int64]?, at moment: Timestamp) async throws(JournalError) -> Retried {
    try await write { changeWriter in
      let database = changeWriter.database
      guard let numbers else { return try Self.retryAll(moment, database) }
      let named = try Set(numbers).sorted().flatMap { number in
        try database.deliveries("WHERE d.number = ?", [.integer(number)])
      }
      let before = named.filter { $0.state != .logged && $0.state != .withdrawn }
      _ = try changeWriter.write(before.map { .retried(number: $0.number, at: moment) })
      return Retried(count: before.count, reopened: before.filter { !$0.state.isOpen }, named: named)
    }
  }

  /// The same for all of a folder that are pending or parked.
  package func retry(folder: String, at moment: Timestamp) async throws(JournalError) -> Retried {
    try await write { changeWriter in
      let database = changeWriter.database
      let parked = try database.deliveries(
        "WHERE d.state = 3 AND d.state > 2 AND d.folder = ? ORDER BY d.number", [.text(folder)])
      let open = try database.integer(
        "SELECT count(*) FROM delivery WHERE state IN (0, 1) AND folder = ?", [.text(folder)])
      try changeWriter.retryOpen(moment, folder: folder)
      _ = try changeWriter.write(parked.map { .retried(number: $0.number, at: moment) })
      return Retried(count: Int(open ?? 0) + parked.count, reopened: parked)
    }
  }

  /// Open ones may be a hundred thousand, most of them due already: one statement, and only for those that are not.
  private static func retryAll(_ moment: Timestamp, _ database: Database) throws -> Retried {
    let parked = try database.deliveries("WHERE d.state = 3 AND d.state > 2 ORDER BY d.number")
    let open = try database.waitingCounts()
    try ChangeWriter(database).retryOpen(moment)
    var changeWriter = try ChangeWriter(database)
    _ = try changeWriter.write(parked.map { .retried(number: $0.number, at: moment) })
    let count = open[.pending, default: 0] + open[.uploaded, default: 0] + parked.count
    return Retried(count: count, reopened: parked)
  }

  func transaction<Value: Sendable>(
    _ begin: String = "BEGIN IMMEDIATE", _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws(JournalError) -> Value {
    try await onWriter { try $0.transaction(begin, work) }
  }

  /// One hop to the writer's own queue: no thread of the pool waits for the disk.
  func onWriter<Value: Sendable>(
    _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws(JournalError) -> Value {
    let result: Result<Value, JournalError> = await withCheckedContinuation { continuation in
      writer.async { [guardian] database in
        continuation.resume(returning: guardian.attempt(.writer, database, work))
      }
    }
    return try result.get()
  }

  /// Reads on one of the other connections. Blocks.
  func read<Value>(
    _ connection: DatabaseQueue, _ work: (Database) throws -> Value
  ) throws(JournalError) -> Value {
    do {
      return try connection.inDatabase { guardian.attempt(.reader, $0, work) }.get()
    } catch {
      throw JournalError(error, path: path)
    }
  }
}
