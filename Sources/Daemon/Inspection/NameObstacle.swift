import DaemonConfiguration
import DeliveryModel
package import Folders
import SystemSupport

extension NameRules.Obstacle {
  /// For a person who asks why a file is not delivered.
  package var text: String {
    switch self {
    case .own: "nothing is taken up from where the daemon puts files; moved into the folder itself it is delivered"
    case .excluded: "'exclude' of its folder names it"
    case .notIncluded: "'include' of its folder does not name it"
    case .subdirectory: "its folder is not watched below its top: recursive = false"
    case .directory(let directory, let rule):
      "\(directory.escaped)/ is never looked into: its name (\(rule.pattern)) is one of \(rule.programs)"
    case .ownName(let rule): rule.reason
    case .rule(let rule): "it is passed over by its name: \(rule.reason)"
    }
  }
}

extension FolderPlace {
  /// Whether there is a file, which may be a link to none. Blocks.
  var isFile: Bool { (try? RootDirectory(folder.path).status(of: path))?.kind == .file }

  /// Why no file at this place is taken up by itself, and what to do; nil where they are.
  var passedOver: String? {
    guard let obstacle = NameRules(WatchedFolder(folder), places: reserved).obstacle(to: path) else {
      return mountObstacle
    }
    switch obstacle {
    case .rule, .ownName: break
    default: return obstacle.text
    }
    return obstacle.text + "; if it is a document, 's3loggerd queue take' delivers it, or another name"
  }

  /// Why the file cannot be taken by an order; nil where it can. A file that is delivered by itself needs none.
  package var obstacleToTaking: String? {
    switch NameRules(WatchedFolder(folder), places: reserved).obstacle(to: path) {
    case .rule?, .ownName?: mountObstacle
    case nil: mountObstacle ?? "no rule passes over it: it is delivered by itself"
    case let obstacle?: obstacle.text
    }
  }

  /// Why nothing is delivered from where it lies, if that is another file system than the folder's; nil where it is not.
  var mountObstacle: String? {
    let point = MountTable.points(below: Array(folder.path.utf8)).first { point in
      path.bytes == point || path.bytes.starts(with: point + [UInt8(ascii: "/")])
    }
    return point.map { "\(EscapedText.escape($0)) is not looked into: \(NameRule.mountReason)" }
  }
}
