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
    guard let text = try? SmallFile.read("/proc/self/mountinfo", limit: 1 << 20) else { return nil }
    return mount(of: Array(path.utf8), in: text)
  }

  static func mount(of path: [UInt8], in table: [UInt8]) -> Mount? {
    var best: (length: Int, mount: Mount)?
    for line in table.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard fields.count > 6, let dash = fields.firstIndex(of: [UInt8(ascii: "-")]), fields.count > dash + 2 else {
        continue
      }
      let point = unescaped(fields[4])
      guard isSame(point, orAbove: path), point.count >= best?.length ?? 0 else { continue }
      best = (
        point.count,
        Mount(
          kind: EscapedText.escape(unescaped(fields[dash + 1])),
          source: EscapedText.escape(unescaped(fields[dash + 2])),
          point: EscapedText.escape(point))
      )
    }
    return best?.mount
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
