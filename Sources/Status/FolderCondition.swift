import Folders

/// Why files of a folder are not delivered while the rest is, until somebody does something about it.
package struct FolderCondition: Sendable, Equatable {
  /// In words, escaped.
  package var reason: String
  /// Whether it has lasted so long already that it is reported at once.
  package var isOld: Bool

  package init(reason: String, isOld: Bool) {
    self.reason = reason
    self.isOld = isOld
  }
}

extension FolderCondition {
  /// Nil where the folder's files flow.
  init?(_ status: FolderWatchStatus) {
    if let silence = StatusLine.Silence(status) {
      self.init(reason: silence.text, isOld: false)
    } else if status.presence == .missing, let problem = status.problem {
      self.init(reason: "it is not available: \(problem); its files wait until it is", isOld: false)
    } else if status.isIncomplete, let problem = status.problem {
      self.init(reason: problem, isOld: false)
    } else if let files = HeldUpFiles([status]) {
      self.init(reason: files.text, isOld: status.overdueCount > 0)
    } else {
      return nil
    }
  }
}
