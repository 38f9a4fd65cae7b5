import GRDB

/// Why the journal could not do what it was asked.
package enum JournalError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Another process holds the journal. For the holder of the lock file to throw.
  case alreadyRunning(directory: String)
  /// The directory is missing, not ours, open to others, or on a file system that cannot hold a journal.
  case unusableDirectory(String)
  /// The file was written by a later program.
  case newerSchema(Int)
  /// The file was written by an earlier program, and a command does not change it.
  case olderSchema(Int)
  /// SQLite did not take a setting that durability depends on.
  case notDurable(String)
  /// A change does not fit the state of its delivery: nothing of its batch was written.
  case illegalTransition(number: Int64, change: String)
  /// The disk or the quota is full: nothing of the batch was written, it can be tried again.
  case storageFull(reason: String)
  /// There is no journal yet, and no space or quota to make one: `path` could not be made.
  case noRoom(path: String, reason: String)
  /// The storage failed; what was not acknowledged must be taken as not written, and this process must end.
  case storageFailed(reason: String)
  /// Another program holds the database longer than the busy timeout: nothing was written, it can be tried again.
  case busy
  /// There is no journal where a command looked for one.
  case missing(path: String)
  /// A command may not read the journal, or it is damaged.
  case unreadable(path: String, reason: String)

  package var description: String {
    switch self {
    case .alreadyRunning(let directory):
      "another s3loggerd already works with \(directory); stop it first (systemctl stop s3loggerd)"
    case .unusableDirectory(let reason): "the journal's directory cannot be used: \(reason)"
    case .newerSchema(let found):
      "the journal was written by a newer version (schema \(found), this program knows \(JournalSchema.version)); "
        + "install that version again, nothing was touched"
    case .olderSchema(let found):
      "the journal is that of an earlier version (schema \(found)); the daemon brings it up to date when it starts"
    case .notDurable(let reason): "the journal would not be durable: \(reason); nothing is uploaded"
    case .illegalTransition(let number, let change):
      "delivery \(number) is not in a state for '\(change)'; nothing of the batch was written"
    case .storageFull(let reason):
      "the journal's disk is full (\(reason)); files wait in their folders for space"
    case .noRoom(let path, let reason):
      "the disk is full: \(path) cannot be made (\(reason)); make space there or raise the quota (df -h and df -i tell which "
        + "is used up)"
    case .storageFailed(let reason):
      "the journal's storage failed (\(reason)); the daemon ends and starts again from what is surely on disk"
    case .busy:
      "another program (an open sqlite3 session?) keeps the journal locked; nothing was written, it is tried again"
    case .missing(let path): "there is no journal at \(path); has the daemon ever run with this configuration?"
    case .unreadable(let path, let reason):
      "the journal at \(path) cannot be read (\(reason)); run the command as root or as the service's user"
    }
  }

  /// Before what a full disk or a lock kept from being written is tried again.
  package static let pause = Duration.seconds(5)

  /// What an error of the database means to the writer.
  init(_ error: any Error) {
    switch error {
    case let known as JournalError: self = known
    case let error as DatabaseError: self.init(SQLFailure(error))
    case let error as SQLFailure where error.isFull: self = .storageFull(reason: error.reason)
    case let error as SQLFailure where error.isBusy: self = .busy
    case let error as SQLFailure: self = .storageFailed(reason: error.reason)
    default: self = .storageFailed(reason: "\(error)")
    }
  }

  /// Whether nothing may be acknowledged after it.
  var isFinal: Bool {
    if case .storageFailed = self { true } else { false }
  }
}
