import DeliveryModel
import Folders
import Glibc
import SystemSupport

/// What an error while opening or reading a file means for its delivery.
struct FileFault {
  let error: SystemCallError
  let file: SettledFile
  let root: RootDirectory
  /// The number of the file system on which known files of the folder were found.
  let knownDevice: UInt64?

  init(_ error: SystemCallError, file: SettledFile, root: RootDirectory, knownDevice: UInt64? = nil) {
    self.knownDevice = knownDevice
    self.error = error
    self.file = file
    self.root = root
  }

  var outcome: HashOutcome {
    switch error.code {
    case ENOENT, ENOTDIR: isRootTheSame ? .gone : isRootThere ? elsewhere : unavailable
    case ELOOP, EXDEV: .gone
    case ESTALE, ENODEV, ENXIO, ENOTCONN, EHOSTDOWN: isRootThere ? unusable : unavailable
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

  /// Whether the folder answers: then its other files can be read, whatever became of this one.
  private var isRootThere: Bool { root.isStillInPlace() && (try? root.status(of: .root)) != nil }

  /// Another file system is in the place of the one where the file was: whether it is gone from that is not known.
  private var elsewhere: HashOutcome {
    .unreadable(
      code: "folder-unavailable",
      reason:
        "\(file.path.escaped) is not there, and the folder is on another file system than when it came; it waits until "
        + "that is back, or until it is ended with: s3loggerd queue dismiss")
  }

  /// What the error says of one file: a socket or a device in its place, or something that is wrong with it alone.
  private var unusable: HashOutcome {
    if let status = try? root.status(of: file.path), status.kind != .file { return .gone }
    return .unreadable(
      code: "read-error", reason: "\(file.path.escaped): \(error.meaning); it is tried again until it can be read")
  }

  /// A file that is missing on the file system where it was is gone; where the folder's file system is not the same,
  /// nothing is known about it. Its number may be another by now: then the directory, or a file in it that is known, tells.
  private var isRootTheSame: Bool {
    guard root.isStillInPlace(), let device = (try? root.status(of: .root))?.identity.device else { return false }
    if device == file.identity.device || device == knownDevice { return true }
    guard let seen = file.root, let now = try? root.seen() else { return false }
    return now.isSame(as: seen) || now.isRemounted(from: seen)
  }

  private var unavailable: HashOutcome {
    .away(reason: "folder \(file.folder) is not available, so its files are waited for; nothing is lost")
  }
}

extension ServedPlaces {
  /// A file that is missing, or another one, in a directory that took the place of the one in which it was seen: nothing is
  /// known about it.
  static func doubt(_ hashed: HashedFile, of file: SettledFile, _ root: RootDirectory) -> HashedFile {
    switch hashed.outcome {
    case .gone, .changed: break
    default: return hashed
    }
    guard let seen = file.root, let now = try? root.seen(), seen.isOther(than: now) else { return hashed }
    let reason =
      "the directory in which it was seen is no longer \(EscapedText.escape(seen.path)), where another one stands; it waits "
      + "until that is back, or until it is ended with: s3loggerd queue dismiss"
    return HashedFile(
      number: hashed.number, outcome: .unreadable(code: "folder-unavailable", reason: reason), content: nil)
  }
}
