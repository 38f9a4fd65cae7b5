import Glibc

/// How a configuration learns whether its folders are there.
package struct FolderProbe: Sendable {
  package enum Answer: Sendable, Equatable, Codable {
    /// A directory, and its path with every symbolic link above it followed.
    case directory(resolved: String)
    case missing
    case notDirectory
    /// The last part of the path is a link to `target`.
    case symbolicLink(target: String)
    /// The system's reason in words.
    case refused(reason: String)
  }

  /// Takes an absolute path. May block.
  package let look: @Sendable (String) -> Answer
  /// Whether a folder that is not there makes the configuration unusable; else it is a warning.
  let requiresPresence: Bool

  /// Whether this process may make, rename and remove what stands in the directory. May block.
  package let isWritable: @Sendable (String) -> Bool

  /// Whether the file is there and its mode lets everybody read it. May block.
  package let isReadByAll: @Sendable (String) -> Bool

  /// Whether the AWS tools' shared files of the process's user are those of the daemon's, and complete `[aws]`.
  let readsSharedFiles: Bool

  package init(
    requiresPresence: Bool = true, readsSharedFiles: Bool = true,
    isWritable: @escaping @Sendable (String) -> Bool = { _ in true },
    isReadByAll: @escaping @Sendable (String) -> Bool = { _ in false },
    _ look: @escaping @Sendable (String) -> Answer
  ) {
    self.look = look
    self.requiresPresence = requiresPresence
    self.readsSharedFiles = readsSharedFiles
    self.isWritable = isWritable
    self.isReadByAll = isReadByAll
  }

  /// Looks into the file system: for `check`.
  package static let fileSystem = FolderProbe(
    isWritable: { access($0, W_OK | X_OK) == 0 },
    isReadByAll: { path in
      var status = stat()
      return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
    }, lookIntoFileSystem)

  /// For the daemon: what stands at a folder's place is no part of the configuration. It looks when it opens the folder, on
  /// the folder's own thread, as one on a share that hangs would hold up whoever looks.
  package static let waiting = FolderProbe(requiresPresence: false) { .directory(resolved: $0) }

  /// Takes every folder to be there, and reads no AWS files: for commands that only read the journal, whoever runs them.
  package static let none = FolderProbe(readsSharedFiles: false) { .directory(resolved: $0) }

  /// Takes every folder to be there: for commands that call AWS with the rights and files of the person who runs them.
  package static let calling = FolderProbe { .directory(resolved: $0) }

  private static func lookIntoFileSystem(_ path: String) -> Answer {
    var status = stat()
    guard lstat(path, &status) == 0 else { return failure(errno) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      guard access(path, R_OK | X_OK) == 0 else { return failure(errno) }
      return resolve(path).map { .directory(resolved: $0) } ?? failure(errno)
    case S_IFLNK:
      return resolve(path).map { .symbolicLink(target: $0) } ?? .missing
    default:
      return .notDirectory
    }
  }

  private static func failure(_ code: Int32) -> Answer {
    code == ENOENT || code == ENOTDIR ? .missing : .refused(reason: SystemMessage.text(code))
  }

  /// realpath(3); nil with `errno` set.
  private static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
