import DeliveryModel
import FolderFeedback
import SystemSupport

extension StatusPage {
  /// Files named in the table.
  private static let heldUpShown = 25

  /// Adds what is sent only once a person does something about it: what the service may not read, files that have not come
  /// to rest for half an hour, and places at which other file systems are mounted. Names in directories that not everybody may open are only counted.
  mutating func addHeldUp(_ status: FolderWatchStatus?, in places: ProtectedDirectories?) {
    guard let status else { return }
    if status.isIncomplete { hasTrouble = true }
    let mounts = status.leftovers.filter { $0.rule.kind == .mount }
    heldUpCount = status.unreadableCount + status.overdueCount + mounts.count
    guard heldUpCount > 0 else { return }
    let files =
      status.unreadable.map {
        Self.row($0.path, $0.since, $0.isDirectory ? .unreadableDirectory : .unreadableFile)
      }
      + status.late.filter(\.isOverdue).map { Self.row($0.path, $0.since, $0.isHeldOpen ? .heldOpen : .notAtRest) }
      + mounts.map { Self.row($0.path, $0.since, .mount) }
    heldUp = Array(files.lazy.filter { Self.isNamed($0.path, status.closed, places) }.prefix(Self.heldUpShown))
    switch verdict {
    case .ok, .busy, .passedOver: verdict = .heldUp
    default: break
    }
  }

  /// The page is for everyone who may open the folder.
  static func isNamed(_ path: RelativePath, _ closed: ClosedDirectories, _ places: ProtectedDirectories?) -> Bool {
    let directory = path.directory
    return closed.isShown(path, ProtectedDirectories.members)
      && (directory == .root || places?.isOpen(directory) == true)
  }

  private static func row(_ path: RelativePath, _ since: Timestamp, _ cause: HeldUp.Cause) -> HeldUp {
    HeldUp(path: path, since: LocalMoment(since, offset: LocalTime.offset(at: since)), cause: cause)
  }
}
