import CLinux
package import DeliveryModel
import Glibc

/// A system call that failed: which, on what, and what that means.
package struct SystemCallError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The call's name, such as `openat2`.
  package let call: String
  /// The `errno` it left.
  package let code: Int32
  /// What it was about, as bytes; nil where there is no path.
  package let path: [UInt8]?

  package init(call: String, code: Int32, path: [UInt8]? = nil) {
    self.call = call
    self.code = code
    self.path = path
  }

  /// `ENOENT`; a number where the system has no name for it.
  package var name: String {
    clinux_error_name(code).map { String(cString: $0) } ?? String(code)
  }

  /// What went wrong, to what, and what it means; safe to print.
  package var description: String {
    let subject = path.map { EscapedText.escape($0) + ": " } ?? ""
    return "\(subject)\(meaning) (\(call): \(name))"
  }

  /// What ``call`` is for a directory in which everybody may rename and remove files.
  package static let openDirectory = "directory with open rights"

  /// What ``call`` is where the daemon itself sets a bound.
  package static let boundOfOurs = "bound of memory"

  /// What ``call`` is for a file that is read whole.
  package static let openFile = "regular file"
  /// Others use the name that the daemon wants for itself.
  package static func occupied(_ path: RelativePath) -> SystemCallError {
    SystemCallError(call: occupiedCall, code: EEXIST, path: path.bytes)
  }

  /// What ``call`` is then.
  package static let occupiedCall = "claim"

  /// The journal cannot be read.
  package static let noJournal = SystemCallError(call: journal, code: EIO)

  /// What ``call`` is where the journal does not answer what has to be known before.
  package static let journal = "journal"

  /// The fault in words, without the path.
  package var meaning: String {
    switch code {
    case EPERM where call == Self.unprotected.call:
      "nobody but those who may read a file where it is must be able to read it there, and that cannot be had"
    case EEXIST where call == Self.differs.call: "a directory with other rights stands where they go"
    case EACCES where call == Self.foreign.call: "somebody else made the directory .s3loggerd in the folder"
    case EPERM where call == Self.openDirectory:
      "everybody may replace files in this directory, so nothing is written there; run chmod o-w on it, or name another"
    case ENOMEM where call == Self.boundOfOurs: "it has more directories than the daemon may hold memory for"
    case EINVAL where call == Self.openFile: "it is no regular file, but a pipe, a socket, a device or a directory"
    case EEXIST where call == Self.occupiedCall: "the name is in use by others, and what they put there is theirs"
    case EIO where call == Self.journal: "the journal cannot be read"
    case EACCES, EPERM: "permission denied for the user that runs the daemon"
    case ENOENT: "it does not exist"
    case ENOTDIR: "a part of the path is not a directory"
    case ELOOP: "a part of the path is a symbolic link, which is never followed"
    case EXDEV where call == "renameat2":
      "a directory of the folder is a subvolume or file system of its own, out of which nothing can be moved"
    case EAGAIN where call == "renameat2": "another process is about to put a file there"
    case EXDEV: "it leads outside the folder or into another file system"
    case EMFILE: "this process has too many files open"
    case ENFILE: "the system has too many files open"
    case ENOSPC: "no space is left"
    case EDQUOT: "the disk quota is used up"
    case EROFS: "the file system is read-only"
    case EIO: "the storage reported an error"
    case ESTALE, ENODEV: "the file system is no longer there"
    case EAGAIN where call == "pthread_create": "the system gives no more threads (TasksMax= in the unit, ulimit -u)"
    case EAGAIN: "it is in use by another process"
    case ENAMETOOLONG: "the name is too long"
    default: clinux_error_text(code).map { String(cString: $0) } ?? "unknown error"
    }
  }
}
