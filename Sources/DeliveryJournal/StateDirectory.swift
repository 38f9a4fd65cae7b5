import DeliveryModel
import Glibc

/// What the directory of a journal must be. That it is on a local disk is for its holder to see to.
package enum StateDirectory {
  /// Makes the directory if only its last name is missing, for us alone (0700).
  static func prepare(_ path: String) throws(JournalError) {
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      try throwIfFull(path, errno)
      throw .unusableDirectory("\(path) cannot be made (errno \(errno)); create it, owned by the service's user")
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .unusableDirectory("\(path) is not a directory")
    }
    guard status.st_mode & 0o022 == 0 else {
      throw .unusableDirectory("\(path) can be written by others; run: chmod go-w \(path)")
    }
  }

  /// What may stand under a name of ours.
  package enum Kind {
    case file
    case directory
  }

  /// Makes sure that nothing else than `kind` stands at `path`; nothing at all is right too. Opens nothing: a pipe would be
  /// waited for without end, and who may read behind a link is not ours to say.
  package static func require(_ kind: Kind, at path: String) throws(JournalError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    let found =
      switch status.st_mode & S_IFMT {
      case S_IFREG: "a file"
      case S_IFDIR: "a directory"
      case S_IFLNK: "a symbolic link"
      case S_IFIFO: "a named pipe"
      case S_IFSOCK: "a socket"
      default: "a device"
      }
    let wanted = kind == .file ? "a file" : "a directory"
    guard found == wanted else {
      throw .unusableDirectory(
        "\(EscapedText.escape(path)) is \(found), where \(wanted) of the daemon must be; move it away, the daemon makes its own"
      )
    }
  }

  /// The journal's file and what SQLite keeps beside it (https://www.sqlite.org/tempfiles.html).
  package static func requireFiles(ofJournal path: String) throws(JournalError) {
    for suffix in ["", "-wal", "-shm", "-journal", ".salvaged"] { try require(.file, at: path + suffix) }
  }

  /// Makes the journal's file for its owner alone; SQLite gives its companions the same mode. Root makes it for the
  /// directory's owner, so that a command run by root does not shut the daemon out.
  static func prepareFile(_ path: String, in directory: String) throws(JournalError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_EXCL, 0o600)
    if descriptor < 0 {
      if errno == EEXIST { return }
      try throwIfFull(path, errno)
      throw .unusableDirectory("\(path) cannot be made (errno \(errno))")
    }
    defer { close(descriptor) }
    var status = stat()
    if geteuid() == 0, stat(directory, &status) == 0 { _ = fchown(descriptor, status.st_uid, status.st_gid) }
  }

  /// The directory that holds `path`.
  static func parent(of path: String) -> String {
    let bytes = path.utf8
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == bytes.startIndex ? "/" : String(path[..<slash])
  }

  /// Whether there is no file, or nothing in it.
  static func isEmpty(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) != 0 || status.st_size == 0
  }

  private static func throwIfFull(_ path: String, _ code: Int32) throws(JournalError) {
    if code == ENOSPC { throw .noRoom(path: path, reason: "no space is left, errno \(code)") }
    if code == EDQUOT { throw .noRoom(path: path, reason: "the disk quota is used up, errno \(code)") }
  }
}
