package import DaemonConfiguration
package import DeliveryJournal
package import FolderFeedback

/// The folders as they are configured now, and what was last set for those that were.
package struct ConfiguredFolders: Sendable {
  package var folders: [FolderSettings]
  /// Of every folder that there ever was, by its name.
  package var terms: [String: FolderTerms]

  package init(folders: [FolderSettings], terms: [String: FolderTerms] = [:]) {
    self.folders = folders
    self.terms = terms
  }
}

extension FolderSettings {
  /// What its staff read.
  package var words: Language { Language(rawValue: language.rawValue) ?? .english }
}
