package import DeliveryModel

/// How a folder is watched.
package enum WatchMode: String, Sendable, CaseIterable {
  /// By kernel events where they can be had, else by polling.
  case auto
  case inotify
  case poll
}

/// A drop folder as the watcher sees it.
package struct WatchedFolder: Sendable, Equatable {
  /// Unique among the folders.
  package var name: String
  /// Absolute.
  package var path: String
  package var recursive: Bool
  package var mode: WatchMode
  /// Between two scans of a folder that is polled.
  package var pollInterval: Duration
  /// The quiet window.
  package var settle: Duration
  /// Between two scans of a folder that is watched; each is drawn from ¾ to 1¼ of it.
  package var rescan: Duration
  /// Globs of which a file must match one; empty takes all.
  package var include: [String]
  /// Globs of which a file must match none.
  package var exclude: [String]
  /// Whether `include` and `exclude` tell names apart that differ only in the case of ASCII letters or in Unicode's form. Where
  /// it is not set, `exclude` does and `include` does not.
  package var caseSensitive: Bool?
  /// Whether names that programs give to unfinished files are passed over (see ``BuiltInNames``).
  package var ignoreTemporary: Bool
  /// Whether the folder has a page or receipts, which tell what is in files: then it is asked who may read each.
  package var tellsContents: Bool
  /// Whether files that are delivered are moved or deleted: what bears the name of one later is another file.
  package var areDeliveredTaken: Bool
  /// Places of the daemon's own below the folder: never looked at.
  package var reserved: [RelativePath]

  package init(
    name: String, path: String, recursive: Bool = true, mode: WatchMode = .auto, pollInterval: Duration = .seconds(10),
    settle: Duration = .seconds(5), rescan: Duration = .seconds(300), include: [String] = [], exclude: [String] = [],
    caseSensitive: Bool? = nil, ignoreTemporary: Bool = true, areDeliveredTaken: Bool = false,
    reserved: [RelativePath] = [], tellsContents: Bool = false
  ) {
    self.name = name
    self.path = path
    self.recursive = recursive
    self.mode = mode
    self.pollInterval = pollInterval
    self.settle = settle
    self.rescan = rescan
    self.include = include
    self.exclude = exclude
    self.caseSensitive = caseSensitive
    self.ignoreTemporary = ignoreTemporary
    self.areDeliveredTaken = areDeliveredTaken
    self.reserved = reserved
    self.tellsContents = tellsContents
  }
}
