import DeliveryModel
import Glibc
import SystemSupport

/// What an error while opening or reading a file means for its delivery.
struct FileFault {
  let error: SystemCallError
  let file: SettledFile
  let root: RootDirectory

  init(_ error: SystemCallError, file: SettledFile, root: RootDirectory) {
    self.error = error
    self.file = file
    self.root = root
  }

  var outcome: HashOutcome {
    switch error.code {
    case ENOENT, ENOTDIR: isRootTheSame ? .gone : unavailable
    case ELOOP, EXDEV: .gone
    case ESTALE, ENODEV, ENXIO, ENOTCONN, EHOSTDOWN: unavailable
    case EWOULDBLOCK: .changed
    case EACCES, EPERM:
      .unreadable(
        code: "permission",
        reason:
          "\(file.path.escaped) cannot be read: \(error.meaning); it waits and is tried again; give the daemon's user read permission"
      )
    case EMFILE, ENFILE, ENOMEM:
      .unreadable(code: "resources", reason: "\(error.meaning); the file waits and is tried again")
    default:
      .unreadable(
        code: "read-error", reason: "\(file.path.escaped): \(error.meaning); it is tried again until it can be read")
    }
  }

  /// A file that is missing on the file system where it was is gone; where the folder's file system is not the same,
  /// nothing is known about it.
  private var isRootTheSame: Bool {
    root.isStillInPlace() && (try? root.status(of: .root))?.identity.device == file.identity.device
  }

  private var unavailable: HashOutcome {
    .away(reason: "folder \(file.folder) is not available, so its files are waited for; nothing is lost")
  }
}
