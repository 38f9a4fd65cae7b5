package import DaemonConfiguration
package import DeliveryJournal
package import DeliveryModel
package import FolderFeedback
package import Logging

/// What a folder needs of the daemon once a file of it is delivered or refused.
package struct FolderServices: Sendable {
  package let journal: Journal
  /// The folders as they are configured at the moment.
  package let settings: @Sendable () -> ConfiguredFolders
  package let display: any FolderDisplay
  package let logger: Logger
  /// Which directories are ours to put something into, whichever folder they lie in.
  let register: PlaceRegister
  let tables = KnownTables()
  /// The time by the services' clock; nil while none has told it since the start.
  let confirmedTime: @Sendable () -> Timestamp?

  package init(
    journal: Journal, settings: @escaping @Sendable () -> ConfiguredFolders, display: any FolderDisplay, logger: Logger,
    confirmedTime: @escaping @Sendable () -> Timestamp? = { nil }
  ) {
    self.confirmedTime = confirmedTime
    self.journal = journal
    self.settings = settings
    self.display = display
    self.logger = logger
    register = PlaceRegister(journal)
  }
}

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
