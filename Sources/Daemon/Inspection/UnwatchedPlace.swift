package import DaemonConfiguration
package import DeliveryJournal
import DeliveryModel
import Folders
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

  /// Those of `waiting` that the configuration does not serve, each directory once. `roots` tells what directories stand at
  /// paths: a folder is looked at only where its path was changed.
  package static func all(
    in configuration: Configuration, _ waiting: [JournalReader.WaitingRoot], roots: ([String]) -> [FolderAnswer]
  ) -> [UnwatchedPlace] {
    var doubtful: [String] = []
    for case .asRoot(let path) in waiting.map({ serving($0, configuration) })
    where !doubtful.contains(where: path.isSameText) { doubtful.append(path) }
    let answers = Dictionary(zip(doubtful.map { Array($0.utf8) }, roots(doubtful))) { first, _ in first }
    return waiting.filter { found in
      switch serving(found, configuration) {
      case .yes: return false
      case .no: return true
      case .asRoot(let path):
        // One that does not answer is taken to be the one it was: that it does not answer is reported elsewhere.
        guard case .root(let seen)? = answers[Array(path.utf8)] else { return false }
        return seen?.isSame(as: found.root) != true
      }
    }.reduce(into: []) { places, found in
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

  private enum Serving {
    case yes
    case no
    /// Where the directory at this path is the one that was seen.
    case asRoot(String)
  }

  /// See ``ServedPlaces``.
  private static func serving(_ found: JournalReader.WaitingRoot, _ configuration: Configuration) -> Serving {
    let root = found.root
    let named = configuration.folders.first { $0.name == found.folder }
    if root.path.isEmpty { return named == nil ? .no : .yes }
    if configuration.folders.contains(where: { $0.path.utf8.elementsEqual(root.path) }) { return .yes }
    return named.map { .asRoot($0.path) } ?? .no
  }

  /// For a person, with what to do.
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

extension FolderWatchStatus {
  /// What directory stands at the folder's path, as far as its thread knows.
  var rootAnswer: FolderAnswer {
    switch presence {
    case .present, .missing: .root(root)
    case .opening, .silent: .silence
    }
  }
}
