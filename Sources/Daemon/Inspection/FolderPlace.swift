package import DaemonConfiguration
package import DeliveryModel
import Glibc

/// Where a path that a person typed lies: in which folder, and where below its root.
package struct FolderPlace: Sendable {
  package let folder: FolderSettings
  package let path: RelativePath

  /// Nil for a path outside every folder. The directory is resolved, the file's own name is taken as it is.
  package init?(_ text: String, in configuration: Configuration) {
    self.init(bytes: Array(text.utf8), in: configuration)
  }

  /// The same for a path as the shell gave it, which need not be UTF-8.
  package init?(bytes: [UInt8], in configuration: Configuration) {
    let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
    let directory = slash.map { $0 == 0 ? [UInt8(ascii: "/")] : Array(bytes[..<$0]) } ?? [UInt8(ascii: ".")]
    let name = slash.map { bytes[($0 + 1)...] } ?? bytes[...]
    guard !name.isEmpty, let resolved = Self.resolve(directory) else { return nil }
    for folder in configuration.folders {
      guard let root = Self.resolve(Array(folder.path.utf8)), let below = Self.below(resolved, root) else { continue }
      guard let path = RelativePath(validating: below + name) else { return nil }
      (self.folder, self.path) = (folder, path)
      return
    }
    return nil
  }

  /// Why no file at this place is ever taken up, in words; nil where they are.
  var unwatched: String? {
    let own = folder.places.first { path == $0 || path.bytes.starts(with: $0.bytes + [UInt8(ascii: "/")]) }
    return own.map { "nothing is taken up from \($0.escaped), where the daemon puts files; see s3loggerd history" }
  }

  /// The bytes of `directory` below `root`, with a slash at the end unless empty; nil if it is not below.
  private static func below(_ directory: [UInt8], _ root: [UInt8]) -> [UInt8]? {
    if directory == root { return [] }
    guard directory.starts(with: root + [UInt8(ascii: "/")]) else { return nil }
    return directory[(root.count + 1)...] + [UInt8(ascii: "/")]
  }

  private static func resolve(_ path: [UInt8]) -> [UInt8]? {
    guard !path.contains(0) else { return nil }
    let text = path.map { CChar(bitPattern: $0) } + [0]
    guard let resolved = realpath(text, nil) else { return nil }
    defer { free(resolved) }
    return Array(UnsafeBufferPointer(start: resolved, count: strlen(resolved))).map { UInt8(bitPattern: $0) }
  }
}
