package import DaemonConfiguration
package import DeliveryJournal
import DeliveryModel
import SystemSupport

/// A directory that no folder of the configuration watches, while something is still to be done there.
package struct UnwatchedPlace: Sendable, Equatable {
  /// Of the folder that took the files up.
  package var folder: String
  /// Escaped; empty where an earlier version did not note it.
  package var path: String
  /// Files that are pending or parked there.
  package var files: Int
  /// Files that are delivered, or refused, and still to be moved, deleted or written down.
  package var followUps: Int

  /// Those of `waiting` that the configuration does not serve, each directory once.
  package static func all(
    in configuration: Configuration, _ waiting: [JournalReader.WaitingRoot]
  ) -> [UnwatchedPlace] {
    waiting.filter { !isServed($0, configuration) }.reduce(into: []) { places, found in
      let path = EscapedText.escape(found.root.path)
      let index = places.firstIndex { $0.folder == found.folder && $0.path == path }
      if let index {
        places[index].files += found.files
        places[index].followUps += found.followUps
      } else {
        places.append(
          UnwatchedPlace(folder: found.folder, path: path, files: found.files, followUps: found.followUps))
      }
    }
  }

  /// See ``ServedPlaces``. A folder is looked at only where its path was changed.
  private static func isServed(_ found: JournalReader.WaitingRoot, _ configuration: Configuration) -> Bool {
    let root = found.root
    let named = configuration.folders.first { $0.name == found.folder }
    if root.path.isEmpty { return named != nil }
    if configuration.folders.contains(where: { $0.path.utf8.elementsEqual(root.path) }) { return true }
    guard let named, let seen = try? RootDirectory(named.path).seen() else { return false }
    return seen.isSame(as: root)
  }

  package var text: String {
    var what: [String] = []
    if files > 0 { what.append(files == 1 ? "1 file waits" : "\(files) files wait") }
    if followUps > 0 { what.append(followUps == 1 ? "1 follow-up is due" : "\(followUps) follow-ups are due") }
    let place = path.isEmpty ? "folder \(folder)" : "\(path) (folder \(folder))"
    return
      "\(place): \(what.joined(separator: " and ")) there, but no [[folder]] of the configuration watches it now. Give "
      + "the folder its old path again, or let another [[folder]] watch it, and they go on; files that are not wanted any "
      + "more are ended with: s3loggerd queue dismiss NUMBER..."
  }
}
