import AWSSigning
import Cryptography
import DeliveryModel
import Folders
import Glibc
import SystemSupport

/// What became of reading a file for its delivery.
enum HashOutcome: Sendable, Equatable {
  /// The content was read in one state of the file. `partDigests` is empty for a file that goes in one request.
  case hashed(FileDigest)
  /// The file is not there any more.
  case gone
  /// The content was read, and meanwhile the file was touched or written to at equal size: it has to be read again.
  case touched
  /// The file differs from what the delivery was made for, or somebody has it open for writing.
  case changed
  /// Nothing is known about the file: its folder is not there, or does not answer. It waits in the journal for it.
  case away(reason: String)
  /// The file cannot be read now; the reason is in plain words.
  case unreadable(code: String, reason: String)
  /// Nothing of it was read: it is larger than any object.
  case tooLarge(reason: String)
  /// No object key can be made of its name: somebody has to rename the file or change the template.
  case unnameable(reason: String)
}

/// What hashing a file gives: everything that the requests are signed over.
struct FileDigest: Sendable, Equatable {
  var prepared: PreparedDelivery
  /// Bytes of a part; nil for a file that goes in one request.
  var partSize: Int64?
  var partDigests: [SHA256Digest] = []
  /// The CRC-64/NVME of each part; empty where none was wanted.
  var partCRC64: [CRC64Checksum] = []
  /// MD5 of the content, or of each part; empty where none was wanted.
  var md5: [MD5Digest] = []
  /// What the folder's rules say; nil for nothing.
  var verdict: Verdict?
  /// What else it may be called; nil where its id is settled.
  var identity: IdentityChoice?
  /// The state in which it was read, where that is another than the delivery's.
  var state: FileIdentity?
}

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
