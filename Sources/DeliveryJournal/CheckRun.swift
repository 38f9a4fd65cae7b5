import CSQLite
import Synchronization

/// The check of a journal that is under way, if one is, as whoever wants it to end sees it.
final class CheckRun: Sendable {
  /// The connection's handle, only touched under the lock.
  private struct Connection: @unchecked Sendable {
    var handle: OpaquePointer?
  }

  private let connection = Mutex(Connection())
  private let isWanted = Atomic(true)

  /// Does `work` on `database` until it ends or is broken off.
  func run<Value>(_ database: Database, _ work: () throws -> Value) throws -> Value {
    let handle = database.handle
    connection.withLock { $0.handle = handle }
    // SQLite forgets an interruption that comes before a statement has begun; this asks once more as it begins.
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_progress_handler(
      handle, 1,
      { context in
        guard let context else { return 0 }
        return Unmanaged<CheckRun>.fromOpaque(context).takeUnretainedValue().isWanted.load(ordering: .relaxed) ? 0 : 1
      }, context)
    defer {
      sqlite3_progress_handler(handle, 0, nil, nil)
      connection.withLock { $0.handle = nil }
      isWanted.store(true, ordering: .relaxed)
    }
    return try work()
  }

  /// Breaks off the check that is under way; with `orNext` the one that begins next, if none is.
  func interrupt(orNext: Bool) {
    connection.withLock { connection in
      guard connection.handle != nil || orNext else { return }
      isWanted.store(false, ordering: .relaxed)
      if let handle = connection.handle { sqlite3_interrupt(handle) }
    }
  }
}
