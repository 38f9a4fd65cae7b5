import DeliveryModel
import Folders

extension StatusReport.Leftover {
  /// Of one folder.
  static let limit = 100

  /// Those whose names everybody may know who may list the folder; the rest is only counted.
  static func named(_ status: FolderWatchStatus) -> [StatusReport.Leftover] {
    var named: [StatusReport.Leftover] = []
    for leftover in status.leftovers where status.closed.isShown(leftover.path, ProtectedDirectories.members) {
      named.append(StatusReport.Leftover(leftover))
      if named.count == limit { break }
    }
    return named
  }

  init(_ leftover: Leftover) {
    self.init(
      path: leftover.path.escaped, rule: leftover.rule.pattern, reason: leftover.rule.reason,
      kind: leftover.rule.kind.word, since: leftover.since.iso8601)
  }

  /// Whether it may be a document, or goes with one: what a system keeps for itself is of no interest to a person.
  package var isOfInterest: Bool { kind != NameRule.Kind.metadata.word }

  /// Whether 'queue take' delivers it where it is.
  package var canBeTaken: Bool { isOfInterest && kind != NameRule.Kind.ownPlace.word && !isMount }

  /// Whether it is no file, but a place at which another file system is mounted.
  package var isMount: Bool { kind == NameRule.Kind.mount.word }
}

extension NameRule.Kind {
  /// As status.json has it.
  var word: String {
    switch self {
    case .unfinished: "unfinished"
    case .accompanying: "accompanying"
    case .metadata: "metadata"
    case .ownPlace: "own-place"
    case .ownName: "own-name"
    case .mount: "mount"
    }
  }
}
