import DaemonConfiguration
import DeliveryModel
import Folders
import SystemSupport

/// Names in a folder that `exclude` would name but for their case or their form in Unicode. Lists directories and changes
/// nothing.
struct NameFormSurvey {
  let folder: FolderSettings
  private let rules: NameRules

  /// Entries that are looked at, so that a folder of millions of files takes no longer.
  private static let longestList = 200_000
  /// Names that are told.
  private static let shown = 3

  init(_ folder: FolderSettings) {
    self.folder = folder
    rules = NameRules(WatchedFolder(folder))
  }

  /// At most one. Blocks.
  func findings(_ subject: String) -> [FolderAccess.Finding] {
    // With the key set, somebody has decided.
    guard folder.caseSensitive == nil, !folder.exclude.isEmpty else { return [] }
    let (names, count) = escaping()
    guard count > 0 else { return [] }
    let more = count > names.count ? " and \(count - names.count) more" : ""
    return [
      FolderAccess.Finding(
        subject: subject, isGood: true, isWarning: true,
        detail:
          "'exclude' does not name \(names.joined(separator: ", "))\(more), which differ\(count == 1 ? "s" : "") from it only"
          + " in capital letters or in how accents are written: write case_sensitive = false to exclude such names too, or"
          + " true to deliver them and hear no more of it")
    ]
  }

  private func escaping() -> (names: [String], count: Int) {
    var (names, count, seen): ([String], Int, Int) = ([], 0, 0)
    guard let root = try? RootDirectory(folder.path) else { return (names, count) }
    var directories = [RelativePath.root]
    while let directory = directories.popLast(), seen < Self.longestList {
      guard let reader = try? root.openDirectory(directory) else { continue }
      while seen < Self.longestList, let entries = try? reader.next() {
        seen += entries.count
        for entry in entries {
          let path = directory.appending(entry.name)
          if rules.escapesExclude(path) {
            count += 1
            if names.count < Self.shown { names.append(path.escaped) }
          } else if entry.kind == .directory, folder.recursive, rules.enters(path) {
            directories.append(path)
          }
        }
      }
    }
    return (names, count)
  }
}
