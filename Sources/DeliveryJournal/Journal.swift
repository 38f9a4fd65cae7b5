package import DeliveryModel
import GRDB
import Synchronization

/// The durable queue: which deliveries there are and how far each has come. The daemon's one writer.
///
/// WAL with `synchronous=FULL`: what ``commit(_:)`` returned from survives a power cut. The caller holds the lock file.
package final class Journal: Sendable {
  package let path: String
  let writer: DatabaseQueue
  /// For scans, so that they never wait for a commit.
  let scans: DatabaseQueue
  /// Set by the first failure of the storage: nothing is acknowledged after it.
  private let failure = Mutex<JournalError?>(nil)

  /// The journal's file in the state directory.
  package static let fileName = "journal.db"

  /// Opens the journal in `directory`, makes it if there is none, and brings it up to date.
  ///
  /// A file that is no database or is damaged is moved aside first; `setAside` receives its new path. Blocks.
  package init(directory: String, now: Timestamp, setAside: (String) -> Void) throws(JournalError) {
    path = directory + "/" + Self.fileName
    try StateDirectory.prepare(directory)
    if DamagedJournal.isMarked(path) { setAside(try DamagedJournal.moveAside(path, now: now)) }
    do {
      do {
        writer = try Self.open(path, in: directory)
      } catch let error where Self.isDamage(error) {
        setAside(try DamagedJournal.moveAside(path, now: now))
        writer = try Self.open(path, in: directory)
      }
      scans = try JournalConnection.reader(path)
    } catch {
      throw JournalError(error)
    }
  }

  private static func open(_ path: String, in directory: String) throws -> DatabaseQueue {
    try StateDirectory.prepareFile(path, in: directory)
    return try JournalConnection.writer(path)
  }

  private static func isDamage(_ error: any Error) -> Bool {
    switch error {
    case let error as DatabaseError: SQLFailure(error).isDamage
    case let error as SQLFailure: error.isDamage
    default: false
    }
  }

  /// Ends the connections; what is asked afterwards fails. The log is written back into the database.
  package func close() {
    try? scans.close()
    try? writer.close()
  }

  // MARK: Writing

  /// Makes the changes durable, all or none, in order. Returns the numbers of the new deliveries, in order.
  ///
  /// One transaction, one fsync; cancelling the task does not stop it. Throws
  /// ``JournalError/illegalTransition(number:change:)`` for a change that does not fit its delivery's state;
  /// ``JournalError/storageFull(reason:)`` and ``JournalError/busy`` may be tried again; any other error is final.
  package func commit(_ changes: [JournalChange]) async throws(JournalError) -> [Int64] {
    if changes.isEmpty { return [] }
    return try await transaction { database in
      var changeWriter = try ChangeWriter(database)
      return try changeWriter.write(changes)
    }
  }

  /// Makes deliveries due now: those named, or all that are pending or parked. Returns them as they were before.
  package func retry(_ numbers: [Int64]?, at moment: Timestamp) async throws(JournalError) -> [Delivery] {
    try await transaction { database in
      let before = try Self.retryable(numbers, database)
      var changeWriter = try ChangeWriter(database)
      _ = try changeWriter.write(before.map { .retried(number: $0.number, at: moment) })
      return before
    }
  }

  private static func retryable(_ numbers: [Int64]?, _ database: Database) throws -> [Delivery] {
    guard let numbers else {
      let parked = try database.deliveries("WHERE d.state = 3 AND d.state > 2 ORDER BY d.number")
      return try database.deliveries("WHERE d.state IN (0, 1) ORDER BY d.number") + parked
    }
    return try numbers.flatMap { number in
      try database.deliveries("WHERE d.number = ? AND d.state IN (0, 1, 3, 5)", [.integer(number)])
    }
  }

  func transaction<Value: Sendable>(
    _ begin: String = "BEGIN IMMEDIATE", _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws(JournalError) -> Value {
    try await onWriter { database in
      try database.run(begin)
      do {
        let value = try work(database)
        try database.run("COMMIT")
        return value
      } catch {
        // SQLite may have rolled back by itself: https://www.sqlite.org/lang_transaction.html
        if database.isInsideTransaction { try database.run("ROLLBACK") }
        throw error
      }
    }
  }

  /// One hop to the writer's own queue: no thread of the pool waits for the disk.
  func onWriter<Value: Sendable>(
    _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws(JournalError) -> Value {
    let result: Result<Value, JournalError> = await withCheckedContinuation { continuation in
      writer.asyncWriteWithoutTransaction { continuation.resume(returning: self.attempt(work, $0)) }
    }
    return try result.get()
  }

  private func attempt<Value>(
    _ work: (Database) throws -> Value, _ database: Database
  ) -> Result<Value, JournalError> {
    if let known = failure.withLock({ $0 }) { return .failure(known) }
    do {
      return .success(try work(database))
    } catch {
      if Self.isDamage(error) { DamagedJournal.mark(path) }
      let reason = JournalError(error)
      if reason.isFinal { failure.withLock { $0 = reason } }
      return .failure(reason)
    }
  }
}
