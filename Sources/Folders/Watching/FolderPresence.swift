import DeliveryModel
import SystemSupport

/// Whether a folder is there, and what is known of it then. Only the folder's thread changes it; that the thread itself
/// hangs, others know by its ``FolderActivity``.
///
/// Nothing in a folder that is not there is taken for deleted: what comes back is scanned.
enum FolderPresence {
  /// Not looked at yet, or what was there has gone just now.
  case opening
  /// Nothing is there, or nothing that can be watched; it is looked for again.
  case missing(Absence)
  case present(RootDirectory)
  /// A directory is there, but not the file system that was mounted on it: the folder's own files are elsewhere. What people
  /// save there meanwhile is delivered all the same.
  case unmounted(RootDirectory, Absence)

  /// As it was reported.
  struct Absence: Equatable {
    let since: Timestamp
    /// In words.
    let reason: String
  }

  /// What is watched.
  var root: RootDirectory? {
    switch self {
    case .present(let root), .unmounted(let root, _): root
    case .opening, .missing: nil
    }
  }

  /// Why the folder counts as unavailable; nil while it does not.
  var absence: Absence? {
    switch self {
    case .missing(let absence), .unmounted(_, let absence): absence
    case .opening, .present: nil
    }
  }

  /// The directory is no longer what the path leads to. That it was unavailable before is not forgotten.
  mutating func lose() { self = absence.map { .missing($0) } ?? .opening }

  /// What is to be reported of a change.
  enum News: Equatable {
    case unavailable(reason: String)
    case available
  }

  /// What somebody has to hear of who knows this one, once it is `next`.
  func news(in next: FolderPresence) -> News? {
    switch (absence, next.absence) {
    case (nil, let absence?): .unavailable(reason: absence.reason)
    case (_?, nil): .available
    default: nil
    }
  }
}
