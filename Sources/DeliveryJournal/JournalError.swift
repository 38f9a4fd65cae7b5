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
  /// Somebody asked for the end of what was being read.
  case interrupted
  /// Pages of the journal cannot be read, or are not what was written.
  case damaged(path: String, reason: String)
  /// There is no journal where a command looked for one.
  case missing(path: String)
  /// A command may not read the journal.
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
    case .interrupted: "reading the journal was broken off"
    case .damaged(let path, let reason):
      "the journal \(path) is damaged (\(reason)); the next start of the daemon (systemctl restart s3loggerd) sets it aside "
        + "and takes over what can still be read of it"
    case .missing(let path): "there is no journal at \(path); has the daemon ever run with this configuration?"
    case .unreadable(let path, let reason):
      "the journal at \(path) cannot be read (\(reason)); run the command as root or as the service's user"
    }
  }

  /// Before what a full disk or a lock kept from being written is tried again.
  package static let pause = Duration.seconds(5)

  /// What an error of a database means, that of the journal at `path`.
  init(_ error: any Error, path: String = "") {
    if let known = error as? JournalError {
      self = known
      return
    }
    guard let error = error as? SQLFailure else {
      self = .storageFailed(reason: "\(error)")
      return
    }
    self =
      if error.isDamage || error.isUnreadable {
        .damaged(path: path, reason: error.reason)
      } else if error.isFull {
        .storageFull(reason: error.reason)
      } else if error.isBusy {
        .busy
      } else if error.isInterruption {
        .interrupted
      } else {
        .storageFailed(reason: error.reason)
      }
  }

  var isDamage: Bool { if case .damaged = self { true } else { false } }

  /// Whether nothing may be acknowledged after it.
  var isFinal: Bool { if case .storageFailed = self { true } else { isDamage } }
}
