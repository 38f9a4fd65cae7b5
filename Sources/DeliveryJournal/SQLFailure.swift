import GRDB
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

  init(_ error: DatabaseError) {
    self.init(code: error.extendedResultCode.rawValue, message: error.message ?? "")
  }

  /// Whatever an access to the database throws of its own.
  init?(_ error: any Error) {
    switch error {
    case let error as SQLFailure: self = error
    case let error as DatabaseError: self.init(error)
    default: return nil
    }
  }

  private var primary: ResultCode { ResultCode(rawValue: code).primaryResultCode }

  /// The file is not a database, or not a whole one: a table or an index that every journal has is not there either.
  var isDamage: Bool {
    switch primary {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: true
    case .SQLITE_ERROR: message.hasPrefix("no such ") || message.hasPrefix("unsupported file format")
    default: ResultCode(rawValue: code) == .SQLITE_IOERR_CORRUPTFS
    }
  }

  /// The disk did not give what it holds.
  var isUnreadable: Bool {
    [.SQLITE_IOERR_READ, .SQLITE_IOERR_SHORT_READ].contains(ResultCode(rawValue: code))
  }

  /// Also where another process keeps the locks of all readers (`SQLITE_PROTOCOL`).
  var isBusy: Bool { [.SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL].contains(primary) }

  var isConstraint: Bool { primary == .SQLITE_CONSTRAINT }

  var isInterruption: Bool { primary == .SQLITE_INTERRUPT }

  var cannotOpen: Bool { primary == .SQLITE_CANTOPEN || primary == .SQLITE_READONLY }

  /// No space or no quota, found before anything was promised. A failed fsync is never that, whatever its reason: what
  /// the kernel dropped it will not write again.
  var isFull: Bool {
    switch ResultCode(rawValue: code) {
    case .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC: false
    case ResultCode.SQLITE_FULL: true
    case ResultCode.SQLITE_IOERR: systemError == ENOSPC || systemError == EDQUOT
    default: false
    }
  }

  /// Escaped and short, with SQLite's own code for a search.
  var reason: String {
    let cause = systemError == 0 ? "" : ", errno \(systemError)"
    return "\(message), SQLite error \(code)\(cause)"
  }
}
