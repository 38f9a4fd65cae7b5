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
    case .rule(let rule): "it is passed over by its name: \(rule.reason)"
    }
  }
}

extension FolderPlace {
  /// Whether there is a file, which may be a link to none. Blocks.
  var isFile: Bool { (try? RootDirectory(folder.path).status(of: path))?.kind == .file }

  /// Why no file at this place is taken up by itself, and what to do; nil where they are.
  var passedOver: String? {
    guard let obstacle = NameRules(WatchedFolder(folder)).obstacle(to: path) else { return nil }
    guard case .rule = obstacle else { return obstacle.text }
    return obstacle.text + "; if it is a document, 's3loggerd queue take' delivers it, or another name"
  }

  /// Why the file cannot be taken by an order; nil where it can. A file that is delivered by itself needs none.
  package var obstacleToTaking: String? {
    switch NameRules(WatchedFolder(folder)).obstacle(to: path) {
    case .rule?: nil
    case nil: "no rule passes over it: it is delivered by itself"
    case let obstacle?: obstacle.text
    }
  }
}
