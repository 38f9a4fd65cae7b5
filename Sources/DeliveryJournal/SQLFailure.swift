import CSQLite
import Glibc

/// An error of SQLite.
struct SQLFailure: Error {
  /// The extended result code: https://www.sqlite.org/rescode.html
  var code: Int32
  var message: String
  /// `errno` of the failed system call; 0 where there was none.
  var systemError: Int32 = 0

  init(code: Int32, message: String, systemError: Int32 = 0) {
    self.code = code
    self.message = message
    self.systemError = systemError
  }

  /// The first eight bits name the kind.
  private var primary: Int32 { code & 0xff }

  /// The file is not a database, or not a whole one: a table or an index that every journal has is not there either.
  var isDamage: Bool {
    switch primary {
    case SQLITE_CORRUPT, SQLITE_NOTADB: true
    case SQLITE_ERROR: message.hasPrefix("no such ") || message.hasPrefix("unsupported file format")
    default: code == Self.corruptFileSystem
    }
  }

  /// The disk did not give what it holds.
  var isUnreadable: Bool { [Self.read, Self.shortRead].contains(code) }

  /// Also where another process keeps the locks of all readers (`SQLITE_PROTOCOL`).
  var isBusy: Bool { [SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL].contains(primary) }

  var isConstraint: Bool { primary == SQLITE_CONSTRAINT }

  var isInterruption: Bool { primary == SQLITE_INTERRUPT }

  var cannotOpen: Bool { primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY }

  /// No space or no quota, found before anything was promised. A failed fsync is never that, whatever its reason: what
  /// the kernel dropped it will not write again.
  var isFull: Bool {
    if code == Self.sync || code == Self.directorySync { return false }
    switch primary {
    case SQLITE_FULL: return true
    case SQLITE_IOERR: return systemError == ENOSPC || systemError == EDQUOT
    default: return false
    }
  }

  // Extended codes, which Swift does not import: https://www.sqlite.org/rescode.html#extrc
  private static let read = SQLITE_IOERR | 1 << 8
  private static let shortRead = SQLITE_IOERR | 2 << 8
  private static let sync = SQLITE_IOERR | 4 << 8
  private static let directorySync = SQLITE_IOERR | 5 << 8
  private static let corruptFileSystem = SQLITE_IOERR | 33 << 8

  /// Escaped and short, with SQLite's own code for a search.
  var reason: String {
    let cause = systemError == 0 ? "" : ", errno \(systemError)"
    return "\(message), SQLite error \(code)\(cause)"
  }
}
