import DeliveryModel
import Glibc
import Synchronization

/// What every connection to a journal goes through: errors of SQLite become ``JournalError`` here and nowhere else, and
/// damage that any of them meets ends the use of all, so that the next start sets the journal aside.
final class JournalGuard: Sendable {
  let path: String
  /// The first error after which nothing may be acknowledged, once there is one.
  let failures: AsyncStream<JournalError>
  private let failed: AsyncStream<JournalError>.Continuation
  private let failure = Mutex<JournalError?>(nil)

  init(_ path: String) {
    self.path = path
    (failures, failed) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
  }

  /// Whose connection it is: after a failure of the storage the writer acknowledges nothing any more; a reader that failed
  /// may be asked again.
  enum Role: Sendable {
    case writer
    case reader
  }

  /// Does `work`, once more where the disk could not be read: it may be able to at the second time.
  func attempt<Value>(_ role: Role, _ database: Database, _ work: (Database) throws -> Value) -> Result<
    Value, JournalError
  > {
    if let known = failure.withLock({ $0 }) { return .failure(known) }
    do {
      // Left there by a command that came upon damage.
      if role == .writer, DamagedJournal.isMarked(path) { throw JournalError.damaged(path: path, reason: Self.told) }
      return .success(try work(database))
    } catch let error as SQLFailure where error.isUnreadable && !database.isInsideTransaction {
      usleep(Self.pause)
      return Result { try work(database) }.mapError { failed($0, role) }
    } catch {
      return .failure(failed(error, role))
    }
  }

  private static let told = "a command found pages of it that cannot be read"
  /// Before what could not be read is read once more, in microseconds.
  private static let pause: UInt32 = 100_000

  /// What the error of a connection means; remembered if it is final.
  func failed(_ error: any Error, _ role: Role) -> JournalError {
    let reason = JournalError(error, path: path)
    if case .damaged = reason { DamagedJournal.mark(path) }
    if reason.isDamage || role == .writer && reason.isFinal {
      let first = failure.withLock { known in
        known = known ?? reason
        return known ?? reason
      }
      failed.yield(first)
    }
    return reason
  }
}
