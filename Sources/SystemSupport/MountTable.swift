import DeliveryModel

/// What is mounted where, as the kernel tells without asking any file system (`proc(5)`, `/proc/self/mountinfo`): it can be
/// read beside one that hangs.
package enum MountTable {
  /// What holds a directory.
  package struct Mount: Sendable, Equatable {
    /// `nfs4`, `fuse.sshfs`, `ext4`.
    package let kind: String
    /// What is mounted: `nas:/scans`, `//nas/scans`, `/dev/sda1`. Escaped.
    package let source: String
    /// Where. Escaped.
    package let point: String
  }

  /// The mount that `path` lies in: the longest mount point before it, the last of several at one place.
  package static func mount(of path: String) -> Mount? {
    guard let text = read() else { return nil }
    return mount(of: Array(path.utf8), in: text)
  }

  /// Where a directory is on its file system, whichever mount shows it.
  package struct Location: Sendable, Equatable {
    /// `8:1`.
    let device: [UInt8]
    /// Below the file system's own root.
    let path: [UInt8]

    /// Whether the other one is this directory, or holds it.
    package func isSame(as other: Location, orBelow: Bool) -> Bool {
      device == other.device && (path == other.path || orBelow && MountTable.isSame(other.path, orAbove: path))
    }

    /// How this directory is called below `other`; nil where it is neither that nor below it.
    package func path(below other: Location) -> [UInt8]? {
      guard isSame(as: other, orBelow: true) else { return nil }
      let prefix = other.path == [UInt8(ascii: "/")] ? 0 : other.path.count
      return Array(path.dropFirst(prefix).drop { $0 == UInt8(ascii: "/") })
    }
  }

  /// Of each absolute path without links in it; nil where the kernel does not say.
  package static func locations(of paths: [String]) -> [Location?] { locations(of: paths.map { Array($0.utf8) }) }

  /// The same of paths that need not be UTF-8.
  package static func locations(of paths: [[UInt8]]) -> [Location?] {
    guard let text = read() else { return paths.map { _ in nil } }
    return paths.map { location(of: $0, in: text) }
  }

  /// Where something is mounted below a directory: paths relative to it. One that a mount above hides is among them.
  package static func points(below directory: [UInt8]) -> [[UInt8]] {
    read().map { points(below: directory, in: $0) } ?? []
  }

  static func points(below directory: [UInt8], in table: [UInt8]) -> [[UInt8]] {
    let prefix = directory.last == UInt8(ascii: "/") ? directory : directory + [UInt8(ascii: "/")]
    return table.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5, omittingEmptySubsequences: false)
      guard fields.count > 5 else { return nil }
      let point = unescaped(fields[4])
      return point.count > prefix.count && point.starts(with: prefix) ? Array(point[prefix.count...]) : nil
    }
  }

  static func location(of path: [UInt8], in table: [UInt8]) -> Location? {
    line(of: path, in: table).map { line in
      let rest = line.point == [UInt8(ascii: "/")] ? path : Array(path.dropFirst(line.point.count))
      let root = line.root == [UInt8(ascii: "/")] ? [] : line.root
      let below = root + rest
      return Location(device: line.device, path: below.isEmpty ? [UInt8(ascii: "/")] : below)
    }
  }

  static func mount(of path: [UInt8], in table: [UInt8]) -> Mount? {
    line(of: path, in: table).map { line in
      Mount(
        kind: EscapedText.escape(line.kind), source: EscapedText.escape(line.source),
        point: EscapedText.escape(line.point))
    }
  }

  private static func read() -> [UInt8]? { try? SmallFile.read("/proc/self/mountinfo", limit: 1 << 20) }

  /// What one line says.
  private struct Line {
    let device: [UInt8]
    /// What of the file system is mounted.
    let root: [UInt8]
    let point: [UInt8]
    let kind: [UInt8]
    let source: [UInt8]
  }

  private static func line(of path: [UInt8], in table: [UInt8]) -> Line? {
    var best: Line?
    for line in table.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard fields.count > 6, let dash = fields.firstIndex(of: [UInt8(ascii: "-")]), fields.count > dash + 2 else {
        continue
      }
      let point = unescaped(fields[4])
      guard isSame(point, orAbove: path), point.count >= best?.point.count ?? 0 else { continue }
      best = Line(
        device: Array(fields[2]), root: unescaped(fields[3]), point: point, kind: unescaped(fields[dash + 1]),
        source: unescaped(fields[dash + 2]))
    }
    return best
  }

  private static func isSame(_ directory: [UInt8], orAbove path: [UInt8]) -> Bool {
    if directory == [UInt8(ascii: "/")] { return true }
    return path.starts(with: directory) && (path.count == directory.count || path[directory.count] == UInt8(ascii: "/"))
  }

  /// Space, tab, newline and backslash stand as three octal digits.
  private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ 48...55 ~= $0 }) {
        bytes.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1 - 48) }))
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
