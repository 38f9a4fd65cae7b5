package import DeliveryModel
package import SystemSupport

/// Directories of a folder that not everybody may list who may list the folder itself: names in them are told to nobody
/// who could not see them there. Kept by the scans, so that nobody else has to ask a disk that may hang.
///
/// Modes, owners and access control lists decide (``AccessRights/isOpen(toAllOf:for:_:)``). What depends on who is in
/// which group is decided when a name is to be told: to know groups may mean to ask a directory service.
package struct ClosedDirectories: Sendable, Equatable {
  private var root: AccessRights?
  /// Those that are not certainly open, by their rights in ``kinds``.
  private var paths: [RelativePath: Int] = [:]
  /// Different rights: far fewer than directories. Nil for those that could not be read.
  private var kinds: [AccessRights?] = []
  /// Those that are certainly open, by their paths' hashes: whoever chooses names does not know the process's seed.
  private var open: Set<Int> = []
  /// More than are kept: then every directory counts as closed.
  private var isOverfull = false
  /// The folder's own rights have changed, and not all has been looked through since.
  private(set) var isIncomplete = false

  private static let limit = 10_000
  /// Some 16 bytes each; what is beyond counts as closed.
  private static let openLimit = 1_000_000
  private static let kindLimit = 1000

  package init() {}

  /// Every directory was opened since the folder was.
  mutating func finishScan() { isIncomplete = false }

  /// A directory was opened; `rights` are nil where they could not be read.
  mutating func note(_ path: RelativePath, _ rights: AccessRights?) {
    // Neither decides who may list it.
    var rights = rights
    rights?.inherited = []
    rights?.isSticky = false
    rights?.setsGroup = false
    if path == .root {
      if let former = root, former != rights {
        // What is in it was compared with other rights: until all was looked through again, nothing is open.
        self = ClosedDirectories()
        isIncomplete = true
      }
      root = rights
    } else if let root, rights?.isOpen(toAllOf: root, for: DirectoryLocation.agent, Self.unknown) == true {
      paths.removeValue(forKey: path)
      if open.count < Self.openLimit { open.insert(path.hashValue) }
    } else if let kind = kind(of: rights), paths.count < Self.limit || paths[path] != nil {
      paths[path] = kind
      open.remove(path.hashValue)
    } else {
      isOverfull = true
    }
  }

  /// Nil where there are too many.
  private mutating func kind(of rights: AccessRights?) -> Int? {
    if let known = kinds.firstIndex(of: rights) { return known }
    guard kinds.count < Self.kindLimit else { return nil }
    kinds.append(rights)
    return kinds.count - 1
  }

  /// Nothing is known of who is in which group: what is open then is open whoever is.
  package static func unknown(_ user: UInt32) -> Set<UInt32>? { nil }

  /// How much of a path may be told: all of it, or the first closed directory and an ellipsis. Before a directory was met
  /// nothing is known of what is in it, and only the names at the top are told.
  package func shown(_ path: RelativePath, _ groups: AccessRights.Membership = Self.unknown) -> String {
    firstClosed(on: path, groups).map { $0.escaped + "/…" } ?? path.escaped
  }

  /// The last name of the path, or an ellipsis.
  package func shownName(_ path: RelativePath, _ groups: AccessRights.Membership = Self.unknown) -> String {
    isShown(path, groups) ? EscapedText.escape(path.name) : "…"
  }

  /// Whether all of a path may be told.
  package func isShown(_ path: RelativePath, _ groups: AccessRights.Membership) -> Bool {
    firstClosed(on: path, groups) == nil
  }

  /// Who may know of a file in it with these rights, nil where they were not asked for.
  func audience(of path: RelativePath, _ rights: AccessRights?, _ groups: AccessRights.Membership) -> Audience {
    guard isShown(path, groups) else { return .few }
    guard let root, let rights, rights.isReadable(byAllOf: root, for: DirectoryLocation.agent, groups) else {
      return .names
    }
    return .everyone
  }

  private func firstClosed(on path: RelativePath, _ groups: AccessRights.Membership) -> RelativePath? {
    var end = path.bytes.firstIndex(of: GlobPattern.slash)
    while let slash = end {
      let directory = RelativePath(unchecked: Array(path.bytes[..<slash]))
      if isClosed(directory, groups) { return directory }
      end = path.bytes[(slash + 1)...].firstIndex(of: GlobPattern.slash)
    }
    return nil
  }

  private func isClosed(_ directory: RelativePath, _ groups: AccessRights.Membership) -> Bool {
    guard let root, !isOverfull, !isIncomplete else { return true }
    // One that was not met, or is gone since a start, may have been closed.
    guard let kind = paths[directory] else { return !open.contains(directory.hashValue) }
    return kinds[kind]?.isOpen(toAllOf: root, for: DirectoryLocation.agent, groups) != true
  }
}
