import DeliveryModel
import Folders
import SystemSupport

/// What lies in the folders and is delivered only once a person does something about it: what the service may not read, and
/// files that have not come to rest for half an hour.
struct HeldUpFiles: Sendable, Equatable {
  /// The first of them, in words that begin with its path; names only what everybody who may list the folder may know.
  let first: String
  /// All of them.
  let count: Int

  /// Of one or more folders; nil where there is nothing of the kind.
  init?(_ folders: [FolderWatchStatus]) {
    count = folders.reduce(0) { $0 + $1.unreadableCount + $1.overdueCount }
    guard count > 0, let first = folders.lazy.compactMap(Self.first).first else { return nil }
    self.first = first
  }

  /// For a line.
  var text: String { first + (count > 1 ? ", and \(count - 1) more" : "") }

  private static func first(of folder: FolderWatchStatus) -> String? {
    let names = Names([folder])
    func place(_ path: RelativePath) -> String {
      let shown = names.shown(PathKey(folder: folder.name, path: path))
      return EscapedText.escape(Array(folder.name.utf8)) + "/" + String(shown.unicodeScalars.prefix(120))
    }
    if let entry = folder.unreadable.first {
      return "\(place(entry.path))\(entry.isDirectory ? " (directory)" : "") may not be read by the service"
    }
    guard let file = folder.late.first(where: \.isOverdue) else { return nil }
    return place(file.path)
      + (file.isHeldOpen
        ? " has been held open for writing by a program for more than 30min"
        : " has not come to rest for 30min")
  }
}

extension StatusReport.Unreadable {
  /// Those whose names everybody may know who may list the folder; the rest is only counted.
  static func named(_ status: FolderWatchStatus) -> [StatusReport.Unreadable] {
    status.unreadable.filter { status.closed.isShown($0.path, ProtectedDirectories.members) }.map {
      StatusReport.Unreadable(
        path: $0.path.escaped, directory: $0.isDirectory, since: $0.since.iso8601, reason: $0.reason)
    }
  }
}
