/// Why something in a folder is not taken. The raw value is what status shows.
package enum IgnoreReason: String, Sendable, CaseIterable {
  /// A name that programs give to unfinished or accompanying files.
  case temporary
  /// It matches `exclude`.
  case excluded
  /// It matches nothing of `include`.
  case notIncluded = "not-included"
  /// A symbolic link: never followed.
  case symbolicLink = "symlink"
  /// A FIFO, a socket or a device.
  case special
  /// Another file system is mounted there.
  case mount
  /// Another folder's own directory, which a mount shows there too: delivered by that one.
  case otherFolder = "other-folder"
  /// Its path in the folder is longer than 4,095 bytes, so that no program could name it.
  case tooLong = "too-long"
  /// A directory below a folder that is not recursive.
  case subdirectory
  /// The daemon's user may not read it; tried again when its permissions change and at each rescan.
  case unreadable
}
