package import DaemonConfiguration
import DeliveryJournal
package import DeliveryModel
package import SystemSupport

/// Finds the directory in which a file was seen, and the folder that serves it now. Lives as long as one batch of work: each
/// directory is opened once in it.
///
/// What counts is the directory, not the folder's name: where the folder has another path by now, its files of before wait for
/// whoever watches the old place again, under whichever name, unless that directory itself was moved to the new path.
package struct ServedPlaces {
  package enum Place {
    /// `folder` has the name and the key of the folder that took the file up, and else what is set for this directory.
    case served(folder: FolderSettings, root: RootDirectory)
    /// The folder's directory cannot be opened now; why, in words.
    case away(String)
    /// Nothing can be said of the file now; why, in words.
    case waits(String)
  }

  private let settings: ConfiguredFolders
  private var roots: [String: Result<Opened, SystemCallError>] = [:]

  private struct Opened {
    let root: RootDirectory
    let seen: FolderRoot
  }

  package init(_ settings: ConfiguredFolders) {
    self.settings = settings
  }

  /// The folder on whose thread the file is to be looked for; nil where nobody watches its directory. Asks no file system.
  package static func server(of file: SettledFile, among folders: [FolderSettings]) -> FolderSettings? {
    let named = folders.first { $0.name == file.folder }
    guard let seen = file.root, !seen.path.isEmpty else { return named }
    return folders.first { $0.path.utf8.elementsEqual(seen.path) } ?? named
  }

  /// Why a file waits that nobody serves.
  package static func reason(_ file: SettledFile) -> String {
    guard let seen = file.root, !seen.path.isEmpty else { return unnamed(file) }
    return unwatched(file, seen)
  }

  /// Blocks.
  package mutating func place(of file: SettledFile) -> Place {
    let named = settings.folders.first { $0.name == file.folder }
    guard let seen = file.root, !seen.path.isEmpty else {
      guard let named else { return .waits(Self.unnamed(file)) }
      return open(named, as: file)
    }
    let here = settings.folders.first { $0.path.utf8.elementsEqual(seen.path) }
    // The directory itself may have been moved, to the path that the folder has now.
    for folder in [here, named].compactMap(\.self) {
      guard case .success(let opened) = opened(folder.path), opened.seen.isSame(as: seen) else { continue }
      return .served(folder: serving(folder, file.folder), root: opened.root)
    }
    guard let here else { return .waits(Self.unwatched(file, seen)) }
    return open(here, as: file)
  }

  private mutating func open(_ folder: FolderSettings, as file: SettledFile) -> Place {
    switch opened(folder.path) {
    case .success(let opened): .served(folder: serving(folder, file.folder), root: opened.root)
    case .failure(let error): .away("folder \(folder.name) is not available (\(error)); its files are waited for")
    }
  }

  private mutating func opened(_ path: String) -> Result<Opened, SystemCallError> {
    if let known = roots[path] { return known }
    let found = Result { () throws(SystemCallError) in
      let root = try RootDirectory(path)
      return Opened(root: root, seen: try root.seen())
    }
    roots[path] = found
    return found
  }

  private func serving(_ folder: FolderSettings, _ name: String) -> FolderSettings {
    if folder.name == name { return folder }
    let key =
      settings.folders.first { $0.name == name }?.key
      ?? settings.terms[name].flatMap { try? ObjectKeyTemplate.parse($0.key) }
    return folder.serving(name: name, key: key)
  }

  private static func unnamed(_ file: SettledFile) -> String {
    "folder \(file.folder) is no longer in the configuration; its file waits until it is, or until it is ended with: "
      + "s3loggerd queue dismiss"
  }

  private static func unwatched(_ file: SettledFile, _ seen: FolderRoot) -> String {
    "it is in \(EscapedText.escape(seen.path)), which no [[folder]] of the configuration watches now; it waits until one does, "
      + "or until it is ended with: s3loggerd queue dismiss"
  }
}
