import DaemonConfiguration
import DeliveryJournal

extension ConfiguredFolder {
  /// A configured folder as the journal remembers it.
  init(_ folder: FolderSettings) {
    self.init(name: folder.name, path: folder.path, terms: folder.terms, places: folder.ownPlaces)
  }
}
