package import DaemonConfiguration
package import DeliveryModel
import Glibc

/// Where a path that a person typed lies: in which folder, and where below its root.
package struct FolderPlace: Sendable {
  package let folder: FolderSettings
  package let path: RelativePath

  /// Nil for a path outside every folder. The directory is resolved, the file's own name is taken as it is.
  package init?(_ text: String, in configuration: Configuration) {
    let bytes = Array(text.utf8)
    let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
    let directory = slash.map { $0 == 0 ? "/" : String(decoding: bytes[..<$0], as: UTF8.self) } ?? "."
    let name = slash.map { bytes[($0 + 1)...] } ?? bytes[...]
    guard !name.isEmpty, let resolved = Self.resolve(directory) else { return nil }
    for folder in configuration.folders {
      guard let root = Self.resolve(folder.path), let below = Self.below(resolved, root) else { continue }
      guard let path = RelativePath(validating: below + name) else { return nil }
      (self.folder, self.path) = (folder, path)
      return
    }
    return nil
  }

  /// The bytes of `directory` below `root`, with a slash at the end unless empty; nil if it is not below.
  private static func below(_ directory: String, _ root: String) -> [UInt8]? {
    if directory == root { return [] }
    guard directory.hasPrefix(root + "/") else { return nil }
    return Array(directory.dropFirst(root.count + 1).utf8) + [UInt8(ascii: "/")]
  }

  private static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
