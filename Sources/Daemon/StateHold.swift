import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Glibc
import Synchronization
import SystemSupport

/// The state directory in this process's hand: the lock, and the journal behind it. One process at a time.
final class StateHold: Sendable {
  private let lock: LockFile
  let journal: Journal
  let directory: String
  /// Where a damaged journal was moved, if one was found.
  let setAside: String?
  /// Nil where they cannot be kept (a full disk): a crash is then held against no file. Nil too for a command, which must
  /// leave those of the last run to the next.
  let marks: CrashMarks?

  /// Takes the lock and opens the journal; `progress` is called now and then while a damaged one is read. Blocks. Throws
  /// ``JournalError`` in words for the person.
  init(directory: String, now: Timestamp, forRun: Bool = true, progress: @escaping () -> Void = {}) throws {
    self.directory = directory
    try Self.prepare(directory)
    lock = try Self.takeLock(directory)
    (journal, setAside) = try Self.open(directory, now, progress)
    marks = forRun ? try? CrashMarks(Self.marks(in: directory)) : nil
    marks?.keepFault()
    StateOwner.give(["journal.lock", "in-hand", CommandRequest.directoryName], in: directory)
  }

  private static func takeLock(_ directory: String) throws -> LockFile {
    let path = directory + "/journal.lock"
    do {
      return try LockFile(path)
    } catch let error where error.code == EWOULDBLOCK {
      throw JournalError.alreadyRunning(directory: directory)
    } catch {
      throw isFull(error) ? JournalError.noRoom(path: path, reason: error.meaning) : error
    }
  }

  private static func isFull(_ error: SystemCallError) -> Bool { error.code == ENOSPC || error.code == EDQUOT }

  private static func open(
    _ directory: String, _ now: Timestamp, _ progress: @escaping () -> Void
  ) throws -> (Journal, setAside: String?) {
    let aside = Mutex<String?>(nil)
    let journal = try Journal(directory: directory, now: now, progress: progress) { path in
      aside.withLock { $0 = path }
    }
    return (journal, aside.withLock { $0 })
  }

  /// Ends in order.
  func close() {
    journal.close()
    marks?.close()
  }

  /// Makes what is missing, and refuses a file system over the network: SQLite's write-ahead log does not work there
  /// (https://www.sqlite.org/wal.html).
  private static func prepare(_ directory: String) throws {
    for path in [directory, commands(in: directory)] {
      if mkdir(path, 0o750) != 0, errno != EEXIST {
        let error = SystemCallError(call: "mkdir", code: errno)
        if isFull(error) { throw JournalError.noRoom(path: path, reason: error.meaning) }
        throw JournalError.unusableDirectory("\(path) cannot be made: \(error.meaning)")
      }
    }
    let root = try RootDirectory(directory)
    if let remote = try root.fileSystem().remoteName {
      throw JournalError.unusableDirectory("\(directory) is on \(remote); the journal needs a local disk")
    }
  }

  static func marks(in directory: String) -> String { directory + "/in-hand" }

  static func commands(in directory: String) -> String { directory + "/" + CommandRequest.directoryName }
}
