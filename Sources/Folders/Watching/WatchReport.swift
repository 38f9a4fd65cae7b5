package import DeliveryModel

/// What the watcher has to say, beyond files. Texts are escaped.
package enum WatchReport: Sendable, Equatable {
  /// Every folder has been opened, or was found not to be there or not to answer. Said once.
  case watching
  /// What ``DropWatcher/status()`` answers has changed.
  case changed
  /// A scan of the whole folder is complete.
  case scanned(folder: String, purpose: ScanPurpose, files: Int, directories: Int)
  /// Only the rescan found this file: an event was missed.
  case missed(folder: String, path: RelativePath)
  /// The kernel, or we, had to drop events; a rescan follows.
  case overflow(folder: String)
  /// The folder cannot be watched at all for now; nothing in it is taken for deleted.
  case unavailable(folder: String, reason: String)
  /// A call in the folder has not returned since then; what is to be done there waits until it does.
  case silent(folder: String, since: Timestamp)
  /// The same of the reading of one large file; the rest of the folder flows.
  case readingSilent(folder: String, since: Timestamp)
  /// The folder answers again after ``silent(folder:since:)``.
  case answers(folder: String)
  /// The folder is there again; a scan follows.
  case available(folder: String)
  /// The folder is polled although events were wanted; the reason says what would help.
  case polling(folder: String, reason: String)
  /// Events are had again after ``polling(folder:reason:)``.
  case watchingAgain(folder: String)
  /// A file has been waited for 30 minutes; it is waited for further.
  case overdue(folder: String, path: RelativePath, isHeldOpen: Bool)
  /// A file changed soon after it was handed over: the window of the folder was too short, so it is longer for a while.
  case windowLengthened(folder: String, path: RelativePath, to: Duration, whileNoneFor: Duration)
  /// The configured window counts again.
  case windowRestored(folder: String, to: Duration)
  /// A file or directory that the daemon may not read.
  case unreadable(folder: String, path: RelativePath, reason: String)
  /// A directory in it is another folder's own, which delivers what is in it.
  case left(folder: String, path: RelativePath, to: String)
  /// The first scan after an upgrade: which files are taken from now on, and which are not any more.
  case namesChanged(folder: String, ChangedNames)
  /// Something else went wrong; it is tried again.
  case problem(folder: String, reason: String)
}

/// Why a folder, or a part of it, is scanned.
package enum ScanPurpose: String, Sendable {
  /// It is watched from now on.
  case start
  /// Time for it, or events may have been missed.
  case rescan
  /// It has no events.
  case poll
  /// A directory appeared, or events in it were deliberately not kept.
  case directory

  /// What a file is that such a scan found.
  var discovery: Discovery {
    switch self {
    case .start: .startScan
    case .rescan: .rescan
    case .poll: .poll
    case .directory: .event
    }
  }
}
