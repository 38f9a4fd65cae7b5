package import DeliveryModel
import SystemSupport

/// Directories of a folder that not everybody may list who may list the folder itself: names in them are told to nobody
/// who could not see them there. Kept by the scans, so that nobody else has to ask a disk that may hang.
package struct ClosedDirectories: Sendable, Equatable {
  private var paths: Set<RelativePath> = []
  private var root: Rights?
  /// More than are kept: then every directory counts as closed.
  private var isOverfull = false
  private static let limit = 10_000

  private struct Rights: Equatable {
    let group: UInt32
    /// Read and pass, for the group and for others.
    let bits: UInt32

    init(_ status: FileStatus) {
      group = status.group
      bits = status.permissions & 0o055
    }

    /// Whether who may list `other` by group or as anybody may list this. With another group its members are others here.
    func admits(_ other: Rights) -> Bool {
      guard bits & other.bits & 0o005 == other.bits & 0o005 else { return false }
      let wanted = other.bits >> 3 & 0o005
      let given = group == other.group ? bits >> 3 & 0o005 : bits & 0o005
      return given & wanted == wanted
    }
  }

  package init() {}

  /// A directory was opened.
  mutating func note(_ path: RelativePath, _ status: FileStatus) {
    let rights = Rights(status)
    if path == .root {
      if root != rights { self = ClosedDirectories() }
      root = rights
    } else if let root, rights.admits(root) {
      paths.remove(path)
    } else if paths.count < Self.limit {
      paths.insert(path)
    } else {
      isOverfull = isOverfull || !paths.contains(path)
    }
  }

  /// How much of a path may be told: all of it, or the first closed directory and an ellipsis. Before a directory was met
  /// nothing is known of what is in it, and only the names at the top are told.
  package func shown(_ path: RelativePath) -> String {
    var end = path.bytes.firstIndex(of: GlobPattern.slash)
    while let slash = end {
      let directory = RelativePath(unchecked: Array(path.bytes[..<slash]))
      if root == nil || isOverfull || paths.contains(directory) { return directory.escaped + "/…" }
      end = path.bytes[(slash + 1)...].firstIndex(of: GlobPattern.slash)
    }
    return path.escaped
  }

  /// Whether all of a path may be told.
  package func shows(_ path: RelativePath) -> Bool { shown(path) == path.escaped }

  /// The last name of the path, or an ellipsis.
  package func shownName(_ path: RelativePath) -> String {
    shows(path) ? EscapedText.escape(path.name) : "…"
  }
}
