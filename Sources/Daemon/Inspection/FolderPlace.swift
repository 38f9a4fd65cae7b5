package import DaemonConfiguration
package import DeliveryModel
import Glibc
import SystemSupport

/// Where a path that a person typed lies: in which folder, and where below its root.
package struct FolderPlace: Sendable {
  package let folder: FolderSettings
  package let path: RelativePath
  /// What was the daemon's own in the folder, as the journal knows it.
  var reserved: [RelativePath] = []

  /// Where a path leads.
  enum Search {
    case found(FolderPlace)
    /// The names of folders that did not answer whether it is in them.
    case outside(unanswered: [String])
  }

  /// Nil where the folder is no longer in the configuration.
  package init?(_ place: FolderAnswer.Place, in configuration: Configuration) {
    guard let folder = configuration.folders.first(where: { $0.name == place.folder }),
      let path = RelativePath(validating: place.path)
    else { return nil }
    self.init(folder: folder, path: path)
  }

  init(folder: FolderSettings, path: RelativePath) {
    self.folder = folder
    self.path = path
  }

  /// The directory is resolved, the file's own name is taken as it is; neither need be UTF-8. No folder is asked anything
  /// where the path of one, as it is written, leads to the file, or to its directory by another mount; else all are.
  static func search(_ bytes: [UInt8], _ folders: [FolderSettings], _ roots: () -> ResolvedRoots.Answer) -> Search {
    let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
    let directory = slash.map { $0 == 0 ? [UInt8(ascii: "/")] : Array(bytes[..<$0]) } ?? [UInt8(ascii: ".")]
    let name = slash.map { bytes[($0 + 1)...] } ?? bytes[...]
    guard !name.isEmpty, let resolved = resolve(directory) else { return .outside(unanswered: []) }
    let written = folders.map { ($0, Array($0.path.utf8)) }
    if let place = owner(of: name, in: resolved, written) ?? place(of: name, in: resolved, written) { return place }
    let others = roots()
    return place(of: name, in: resolved, others.roots) ?? .outside(unanswered: others.unanswered)
  }

  /// Where a mount shows a part of one folder as another one, the other one has it: of all folders that hold the directory,
  /// wherever a mount shows it, the one whose own directory is nearest. No file system is asked.
  private static func owner(
    of name: ArraySlice<UInt8>, in directory: [UInt8], _ roots: [(folder: FolderSettings, path: [UInt8])]
  ) -> Search? {
    let locations = MountTable.locations(of: [directory] + roots.map(\.path))
    guard let sought = locations[0] else { return nil }
    let holders = zip(roots, locations.dropFirst()).compactMap { root, location in
      location.flatMap { sought.path(below: $0) }.map { (root.folder, below: $0, path: root.path + slashed($0)) }
    }.sorted { $0.below.count < $1.below.count }
    // Another mount may hide it from a folder.
    let shown = MountTable.locations(of: holders.map(\.path))
    guard let holder = zip(holders, shown).first(where: { $1 == sought })?.0,
      let path = RelativePath(validating: holder.below + (holder.below.isEmpty ? [] : [UInt8(ascii: "/")]) + name)
    else { return nil }
    return .found(FolderPlace(folder: holder.0, path: path))
  }

  private static func slashed(_ path: [UInt8]) -> [UInt8] { path.isEmpty ? [] : [UInt8(ascii: "/")] + path }

  private static func place(
    of name: ArraySlice<UInt8>, in directory: [UInt8], _ roots: [(folder: FolderSettings, path: [UInt8])]
  ) -> Search? {
    for (folder, root) in roots {
      guard let below = below(directory, root) else { continue }
      guard let path = RelativePath(validating: below + name) else { return .outside(unanswered: []) }
      return .found(FolderPlace(folder: folder, path: path))
    }
    return nil
  }

  /// Why no file at this place is ever taken up, in words; nil where they are.
  var unwatched: String? {
    // A file of people under such a name can be taken.
    if folder.ownPlaces.contains(where: { $0.path == path }) { return nil }
    let own = folder.places.first { path == $0 || path.bytes.starts(with: $0.bytes + [UInt8(ascii: "/")]) }
    return own.map {
      "nothing is taken up from \($0.escaped), where the daemon puts files; see s3loggerd history. What is not of its making "
        + "is delivered once it is moved into the folder itself"
    }
  }

  /// The bytes of `directory` below `root`, with a slash at the end unless empty; nil if it is not below.
  private static func below(_ directory: [UInt8], _ root: [UInt8]) -> [UInt8]? {
    if directory == root { return [] }
    guard directory.starts(with: root + [UInt8(ascii: "/")]) else { return nil }
    return directory[(root.count + 1)...] + [UInt8(ascii: "/")]
  }

  static func resolve(_ path: [UInt8]) -> [UInt8]? {
    guard !path.contains(0) else { return nil }
    let text = path.map { CChar(bitPattern: $0) } + [0]
    guard let resolved = realpath(text, nil) else { return nil }
    defer { free(resolved) }
    return Array(UnsafeBufferPointer(start: resolved, count: strlen(resolved))).map { UInt8(bitPattern: $0) }
  }
}
