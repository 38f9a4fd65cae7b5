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

  private var primary: ResultCode { ResultCode(rawValue: code).primaryResultCode }

  /// The file is not a database, or not a whole one.
  var isDamage: Bool { primary == .SQLITE_CORRUPT || primary == .SQLITE_NOTADB }

  var isBusy: Bool { primary == .SQLITE_BUSY || primary == .SQLITE_LOCKED }

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
