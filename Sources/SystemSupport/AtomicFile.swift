import CLinux
import DeliveryModel
import Glibc

/// Replaces a file so that a reader, or a power cut, sees the old content or the new, never a mix.
package enum AtomicFile {
  /// Writes beside the target under a name that nobody can foresee, then renames: whatever stands at the target, be it a
  /// FIFO or a link, is replaced, never opened.
  ///
  /// `mode` holds whatever the umask, and so does `group`; `durable` also forces it to the storage, for what must survive a
  /// power cut.
  ///
  /// - Throws: the first call that failed; the target is then as it was, and nothing is left beside it. `EPERM` where
  ///   everybody may replace files in the directory.
  package static func replace(
    _ path: String, with bytes: [UInt8], mode: UInt32 = 0o644, group: UInt32? = nil, durable: Bool = true
  ) throws(SystemCallError) {
    let (directory, name) = split(path)
    let place = DirectoryLocation(try open(directory))
    let rights = try place.status().permissions
    guard rights & 0o002 == 0 || rights & 0o1000 != 0 else {
      throw SystemCallError(call: SystemCallError.openDirectory, code: EPERM, path: Array(directory.utf8))
    }
    do throws(SystemCallError) {
      try place.replace(name, with: bytes, mode: mode, group: group, durable: durable)
    } catch {
      // In full, so that a message tells which file.
      throw SystemCallError(call: error.call, code: error.code, path: Array(path.utf8))
    }
  }

  /// Removes a file that was written here and is written to `successor` now; nothing where both are one file under two
  /// names, or where there is none.
  package static func remove(_ path: String, replacedBy successor: String) throws(SystemCallError) {
    let (directory, name) = split(path)
    let place = DirectoryLocation(try open(directory))
    guard let old = try place.status(of: name), old.kind == .file else { return }
    let (other, otherName) = split(successor)
    let new = try DirectoryLocation(try open(other)).status(of: otherName)
    guard new?.identity.device != old.identity.device || new?.identity.inode != old.identity.inode else { return }
    try place.remove(name)
  }

  /// Makes a rename or a new name in the directory of `path` durable.
  package static func synchronizeDirectory(of path: String) throws(SystemCallError) {
    try open(split(path).directory).synchronize()
  }

  private static func open(_ directory: String) throws(SystemCallError) -> OwnedDescriptor {
    OwnedDescriptor(
      owning: try systemCall("open", path: Array(directory.utf8)) {
        clinux_open(directory, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0)
      })
  }

  private static func split(_ path: String) -> (directory: String, name: [UInt8]) {
    let bytes = Array(path.utf8)
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (".", bytes) }
    return (String(decoding: bytes[...slash], as: UTF8.self), Array(bytes[(slash + 1)...]))
  }
}
