import DeliveryModel

/// A `[[folder]]` as it was read, whether or not it can be used: the folders are then compared with each other.
struct FolderCandidate {
  let key: ConfigurationKey
  let name: String?
  let path: String?
  /// Nil if a required value is missing.
  let settings: FolderSettings?

  /// What other sections decide about every folder.
  struct Common {
    let writeOnce: Bool
    let language: StatusSettings.Language
  }

  static func read(_ folder: TOMLTableReader, _ common: Common) -> FolderCandidate {
    let name = folder.required("name", .folderName)
    let path = folder.required("path", .absolutePath("an absolute path, such as \"/srv/inbox\""))
    let settings = FolderSettings.read(folder, name: name ?? "", path: path ?? "", common)
    folder.finish()
    let isComplete = name != nil && path != nil
    return FolderCandidate(key: folder.key, name: name, path: path, settings: isComplete ? settings : nil)
  }
}
