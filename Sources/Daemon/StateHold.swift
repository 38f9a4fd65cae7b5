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
  /// Where that really is.
  let place: [UInt8]
  /// Where a damaged journal was moved, if one was found.
  let setAside: String?
  /// Nil where they cannot be kept (a full disk): a crash is then held against no file. Nil too for a command, which must
  /// leave those of the last run to the next.
  let marks: CrashMarks?

  /// Takes the lock and opens the journal; `progress` is called now and then while a damaged one is read. Blocks. Throws
  /// ``JournalError`` in words for the person.
  init(directory: String, now: Timestamp, forRun: Bool = true, progress: @escaping () -> Void = {}) throws {
    self.directory = directory
    place = try Self.prepare(directory)
    lock = try Self.takeLock(directory)
    let isNew = access(directory + "/" + Journal.fileName, F_OK) != 0
    (journal, setAside) = try Self.open(directory, now, progress)
    if isNew { NameRulesMark.begin(in: directory) }
    marks = forRun ? try? CrashMarks(Self.marks(in: directory)) : nil
    marks?.keepFault()
    StateOwner.give([Self.lockName, "in-hand", TakeOrders.fileName], in: directory)
    Self.removeFormer(directory)
  }

  private static func takeLock(_ directory: String) throws -> LockFile {
    let path = directory + "/" + lockName
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
  ///
  /// The lock is given back here and not by the end of the process: one of its threads may hang in a share's call, which
  /// keeps the process from ending, and the next one has to work beside it.
  func close() {
    journal.close()
    marks?.close()
    lock.release()
  }

  /// Makes what is missing, and refuses a file system over the network: SQLite's write-ahead log does not work there
  /// (https://www.sqlite.org/wal.html).
  private static func prepare(_ directory: String) throws -> [UInt8] {
    if mkdir(directory, 0o750) != 0, errno != EEXIST {
      let error = SystemCallError(call: "mkdir", code: errno)
      if isFull(error) { throw JournalError.noRoom(path: directory, reason: error.meaning) }
      throw JournalError.unusableDirectory("\(directory) cannot be made: \(error.meaning)")
    }
    for path in [directory + "/" + lockName, marks(in: directory)] { try StateDirectory.require(.file, at: path) }
    let root = try RootDirectory(directory, isFolder: false)
    if let remote = try root.fileSystem().remoteName {
      throw JournalError.unusableDirectory("\(directory) is on \(remote); the journal needs a local disk")
    }
    return root.place ?? Array(directory.utf8)
  }

  private static let lockName = "journal.lock"

  static func marks(in directory: String) -> String { directory + "/in-hand" }

  /// What versions up to 1.0 asked the daemon by, and it them. Orders that stand there were of a daemon that ended before it
  /// saw them.
  private static func removeFormer(_ directory: String) {
    _ = unlink(directory + "/progress")
    let requests = directory + "/commands"
    guard let stream = opendir(requests) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".request") { _ = unlinkat(dirfd(stream), name, 0) }
    }
    _ = rmdir(requests)
  }
}
