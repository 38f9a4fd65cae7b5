import DaemonConfiguration
import DeliveryModel
import Folders
import SystemSupport

/// How many directories of a folder would be watched. Lists directories and changes nothing.
struct DirectoryCount: Codable, Sendable, Equatable {
  var count = 0
  /// Whether there are more: it takes no longer than ``patience``.
  var isMore = false

  private static let patience = Duration.seconds(10)

  init() {}

  /// None where the folder is polled anyway. Blocks.
  init(_ folder: FolderSettings) {
    guard folder.watch != .poll, let root = try? RootDirectory(folder.path) else { return }
    guard folder.watch == .inotify || (try? root.fileSystem())?.isLocal == true else { return }
    let rules = NameRules(WatchedFolder(folder))
    let deadline = MonotonicInstant.now + Self.patience
    var directories = [RelativePath.root]
    while let directory = directories.popLast() {
      guard let reader = try? root.openDirectory(directory) else { continue }
      count += 1
      if MonotonicInstant.now > deadline {
        isMore = true
        return
      }
      // Most file systems count subdirectories as links; those that do not say 1.
      guard folder.recursive, (try? reader.status().links) != 2 else { continue }
      while let entries = try? reader.next() {
        for entry in entries where entry.kind == .directory {
          let path = directory.appending(entry.name)
          if rules.enters(path) { directories.append(path) }
        }
      }
    }
  }
}

extension FileSystemKind {
  fileprivate var isLocal: Bool { remoteName == nil }
}
