package import DeliveryModel

/// How the watching of one folder stands.
package struct FolderWatchStatus: Sendable, Equatable {
  package let name: String
  package let path: String
  /// ``WatchMode/inotify`` or ``WatchMode/poll``: what is done, not what was asked for.
  package var mode: WatchMode
  package var presence = Presence.opening

  /// Whether there is something to look at.
  package enum Presence: Sendable, Equatable {
    /// Not looked at yet.
    case opening
    case present
    /// Not there, or what is there is not what was watched; ``problem`` tells why.
    case missing
    /// A call has not returned since then, and nothing is known of the folder until it does.
    case silent(since: Timestamp)
  }

  package var available: Bool { presence == .present }

  /// The directory that is watched; nil where there is none, or it is not known.
  package var root: FolderRoot?

  /// Since when it does not answer; nil while it does.
  package var silentSince: Timestamp? { if case .silent(let since) = presence { since } else { nil } }

  /// Since when the reading of a large file has not come on; nil while it does.
  package var readingSilentSince: Timestamp?

  var isSilent: Bool { silentSince != nil }
  /// Directories with a kernel watch.
  package var directories = 0
  /// Files being settled, those that somebody still holds open and those not yet accepted among them.
  package var waiting = 0
  /// When the oldest of them was first noticed.
  package var oldestWaitingSince: Timestamp?
  /// Those that wait longer than a file at rest has to, the oldest first: at most 20.
  package var late: [LateFile] = []
  /// What lies there and is not taken, by reason.
  package var ignored: [IgnoreReason: Int] = [:]
  /// Files that only a rescan found.
  package var missedEvents = 0
  /// Times that events were dropped.
  package var overflows = 0
  /// When the last complete scan ended.
  package var lastRescan: Timestamp?
  package var firstScanFinished = false
  /// Between two scans of everything, where it is longer than configured: they would take too much of a processor.
  package var stretchedScans: Duration?
  /// What is wrong, in words; nil where nothing is.
  package var problem: String?
  /// Files that a built-in rule passes over and that stay: the first of them by name, and how many there are.
  package var leftovers: [Leftover] = []
  package var leftoverCount = 0
  /// What the service has not been allowed to read for a while: the first of it by name, and how much there is.
  package var unreadable: [UnreadableEntry] = []
  package var unreadableCount = 0
  /// Files that have not come to rest for 30 minutes; ``late`` names the first.
  package var overdueCount = 0
  /// Whether a part of it could not be looked through, and is tried again; ``problem`` tells why.
  package var isIncomplete = false
  /// Whose names are told.
  package var closed = ClosedDirectories()

  /// A file that is waited for.
  package struct LateFile: Sendable, Equatable {
    package let path: RelativePath
    /// When it was first noticed.
    package let since: Timestamp
    /// Whether a program has it open for writing; else it changes again and again, or nothing shows that it is complete.
    package let isHeldOpen: Bool
    /// Whether it has waited for 30 minutes.
    package let isOverdue: Bool

    package init(path: RelativePath, since: Timestamp, isHeldOpen: Bool, isOverdue: Bool) {
      self.path = path
      self.since = since
      self.isHeldOpen = isHeldOpen
      self.isOverdue = isOverdue
    }
  }

  package init(name: String, path: String, mode: WatchMode) {
    self.name = name
    self.path = path
    self.mode = mode
  }
}
