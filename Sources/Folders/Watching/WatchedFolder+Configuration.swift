package import DaemonConfiguration

extension WatchedFolder {
  /// A configured folder as the watcher sees it.
  package init(_ folder: FolderSettings) {
    let mode: WatchMode =
      switch folder.watch {
      case .auto: .auto
      case .inotify: .inotify
      case .poll: .poll
      }
    self.init(
      name: folder.name, path: folder.path, recursive: folder.recursive, mode: mode, pollInterval: folder.pollInterval,
      settle: folder.settle, rescan: folder.rescan, include: folder.include, exclude: folder.exclude,
      caseSensitive: folder.caseSensitive, ignoreTemporary: folder.ignoreTemporary,
      areDeliveredTaken: folder.afterUpload != .keep, reserved: folder.places,
      tellsContents: folder.statusPage || folder.receipt != nil)
  }
}
