import CLinux
import Glibc

/// Replaces a file so that a reader, or a power cut, sees the old content or the new, never a mix.
package enum AtomicFile {
  /// Writes beside the target, then renames.
  ///
  /// `mode` holds whatever the umask; `durable` also forces it to the storage, for what must survive a power cut.
  ///
  /// - Throws: the first call that failed; the target is then as it was, and nothing is left beside it.
  package static func replace(
    _ path: String, with bytes: [UInt8], mode: UInt32 = 0o644, durable: Bool = true
  ) throws(SystemCallError) {
    let aside = path + ".new"
    do throws(SystemCallError) {
      try write(bytes, to: aside, mode: mode, durable: durable)
      try systemCall("rename", path: Array(path.utf8)) { rename(aside, path) }
    } catch {
      _ = unlink(aside)
      throw error
    }
    if durable { try synchronizeDirectory(of: path) }
  }

  private static func write(
    _ bytes: [UInt8], to path: String, mode: UInt32, durable: Bool
  ) throws(SystemCallError) {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
    let number = try systemCall("open", path: Array(path.utf8)) { clinux_open(path, flags, mode) }
    let file = OwnedDescriptor(owning: number)
    try systemCall("fchmod", path: Array(path.utf8)) { fchmod(file.number, mode) }
    try file.write(bytes)
    if durable { try file.synchronize() }
  }

  /// Makes a rename or a new name in the directory of `path` durable.
  package static func synchronizeDirectory(of path: String) throws(SystemCallError) {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let number = try systemCall("open", path: Array(directory.utf8)) {
      clinux_open(directory, O_RDONLY | O_DIRECTORY, 0)
    }
    try OwnedDescriptor(owning: number).synchronize()
  }
}
