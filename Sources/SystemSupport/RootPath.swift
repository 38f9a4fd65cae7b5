import CLinux
import Glibc

/// Opens the directory that a configured path leads to, one step at a time, so that nobody but root and we ourselves can
/// make it lead elsewhere: a symbolic link on the way counts only where both it and the directory that it stands in are
/// theirs. The last step is never a link.
enum RootPath {
  /// Whether the last step may be a link too, by the same rule.
  enum LastStep {
    case directory
    case directoryOrLink
  }

  /// As many as the kernel follows (`path_resolution(7)`).
  private static let mostLinks = 40

  /// An `O_PATH` descriptor of the directory.
  ///
  /// - Throws: `ELOOP` for a link that does not count, `ENOENT`, `ENOTDIR`, `EACCES`.
  static func open(_ path: String, lastStep: LastStep) throws(SystemCallError) -> OwnedDescriptor {
    let bytes = Array(path.utf8)
    var steps = Array(components(bytes).reversed())
    var here = try entry([UInt8(ascii: "/")], in: AT_FDCWD, bytes)
    if bytes.first != UInt8(ascii: "/") { here = try entry([UInt8(ascii: ".")], in: AT_FDCWD, bytes) }
    var links = 0
    while let name = steps.popLast() {
      let next = try entry(name, in: here.number, bytes)
      let status = try status(of: next.number, bytes)
      guard status.st_mode & S_IFMT == S_IFLNK else {
        guard status.st_mode & S_IFMT == S_IFDIR else {
          throw SystemCallError(call: "openat", code: ENOTDIR, path: bytes)
        }
        here = next
        continue
      }
      links += 1
      guard links <= mostLinks, lastStep == .directoryOrLink || !steps.isEmpty,
        isOurs(status), try isClosed(self.status(of: here.number, bytes))
      else { throw SystemCallError(call: "openat", code: ELOOP, path: bytes) }
      let target = try target(of: name, in: here.number, bytes)
      if target.first == UInt8(ascii: "/") { here = try entry([UInt8(ascii: "/")], in: AT_FDCWD, bytes) }
      steps += components(target).reversed()
    }
    return here
  }

  private static func components(_ path: [UInt8]) -> [[UInt8]] {
    path.split(separator: UInt8(ascii: "/")).map { Array($0) }.filter { $0 != [UInt8(ascii: ".")] }
  }

  /// Made by root, or by the daemon's own user.
  private static func isOurs(_ status: stat) -> Bool { status.st_uid == 0 || status.st_uid == geteuid() }

  /// Nobody else may put something else at the place of what stands in it.
  private static func isClosed(_ directory: stat) -> Bool {
    isOurs(directory) && (directory.st_mode & (S_IWGRP | S_IWOTH) == 0 || directory.st_mode & S_ISVTX != 0)
  }

  private static func entry(
    _ name: [UInt8], in base: Int32, _ path: [UInt8]
  ) throws(SystemCallError) -> OwnedDescriptor {
    OwnedDescriptor(
      owning: try systemCall("openat", path: path) { withCString(name) { clinux_open_step(base, $0) } })
  }

  private static func status(of descriptor: Int32, _ path: [UInt8]) throws(SystemCallError) -> stat {
    var status = stat()
    try systemCall("fstat", path: path) { fstat(descriptor, &status) }
    return status
  }

  private static func target(of name: [UInt8], in base: Int32, _ path: [UInt8]) throws(SystemCallError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = try systemCall("readlinkat", path: path) {
      withCString(name) { name in
        buffer.withUnsafeMutableBytes { clinux_read_link(base, name, $0.baseAddress, $0.count) }
      }
    }
    return Array(buffer.prefix(length))
  }
}
