import CLinux
package import DeliveryModel
import Glibc

/// A directory below which files of untrusted people lie. Nothing outside it is ever opened: no symbolic link is
/// followed, no mount crossed, nothing blocks (`openat2(2)`).
package final class RootDirectory: Sendable {
  /// As configured; of symbolic links in it only those count that nobody but root and we ourselves can have made.
  package let path: String
  let descriptor: OwnedDescriptor

  /// `isFolder`: one that people save into, whose path must not end in a link.
  ///
  /// - Throws: `ENOENT`, `ENOTDIR`, `EACCES`, `ELOOP` for a symbolic link that others can have made.
  package init(_ path: String, isFolder: Bool = true) throws(SystemCallError) {
    self.path = path
    descriptor = try RootPath.open(path, lastStep: isFolder ? .directory : .directoryOrLink)
  }

  /// Where it is, as the kernel tells without asking the file system; nil for what is gone.
  package var place: [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = buffer.withUnsafeMutableBytes {
      clinux_read_link(AT_FDCWD, "/proc/self/fd/\(descriptor.number)", $0.baseAddress, $0.count)
    }
    let place = buffer.prefix(max(0, length))
    return place.isEmpty || place.suffix(10) == Array(" (deleted)".utf8) ? nil : Array(place)
  }

  /// Opens a file for reading, which is whatever bears that name: look at its status first.
  ///
  /// - Throws: `ELOOP` for a symbolic link, `EXDEV` for another mount, `EWOULDBLOCK` while a lease keeps it, and what
  ///   `open(2)` does.
  package func openFile(_ path: RelativePath) throws(SystemCallError) -> OwnedDescriptor {
    try open(path.bytes, clinux_open_file_beneath)
  }

  /// Holds whatever bears that name without opening it, to look at its status and rights: nobody's lease is broken.
  package func holdEntry(_ path: RelativePath) throws(SystemCallError) -> OwnedDescriptor {
    try open(path.bytes, clinux_open_entry_beneath)
  }

  /// Opens a directory to list it; ``RelativePath/root`` is this one.
  package func openDirectory(_ path: RelativePath) throws(SystemCallError) -> DirectoryReader {
    let bytes = path.bytes.isEmpty ? [UInt8(ascii: ".")] : path.bytes
    return DirectoryReader(try open(bytes, clinux_open_directory_beneath))
  }

  /// The status of whatever bears that name, without opening it. For comparing: unlike ``openFile(_:)`` the directories
  /// on the way may be symbolic links.
  package func status(of path: RelativePath) throws(SystemCallError) -> FileStatus {
    try FileStatus.of(path.bytes, in: descriptor.number)
  }

  /// What `f_type` of its file system says.
  package func fileSystem() throws(SystemCallError) -> FileSystemKind {
    var magic: Int64 = 0
    try systemCall("fstatfs", path: Array(path.utf8)) { clinux_filesystem_magic(descriptor.number, &magic) }
    return FileSystemKind(magic: magic)
  }

  /// Whether inode numbers may change although the files do not, as on a file system of another machine or of a program.
  package var hasPassingInodes: Bool { (try? fileSystem())?.remoteName != nil }

  /// Whether a file system is mounted at the configured path.
  package var isMountRoot: Bool { clinux_is_mount_root(descriptor.number) == 1 }

  /// Whether the configured path still leads to this directory: false after an unmount, a mount over it, a removal.
  package func isStillInPlace() -> Bool {
    guard let found = try? RootPath.open(path, lastStep: .directory), let there = try? found.status().identity,
      let here = try? descriptor.status().identity
    else { return false }
    return there.device == here.device && there.inode == here.inode
  }

  /// What tells this directory from another one at the same path. On a file system of another machine, or of a program, the
  /// numbers change without a reason: there only the path counts.
  package func seen() throws(SystemCallError) -> FolderRoot {
    let identity = try descriptor.status().identity
    let isLocal = try fileSystem().remoteName == nil
    return FolderRoot(
      path: Array(path.utf8), device: identity.device, inode: isLocal ? identity.inode : 0,
      generation: isLocal ? FileGeneration.of(descriptor.number) : 0, isMount: isMountRoot)
  }

  typealias Opener = (Int32, UnsafePointer<CChar>?) -> Int32

  func open(_ bytes: [UInt8], _ opener: Opener) throws(SystemCallError) -> OwnedDescriptor {
    guard bytes.count >= Self.longestPath else { return try open(bytes, in: descriptor.number, opener) }
    let split = try openHead(of: bytes)
    return try open(Array(bytes[split.rest...]), in: split.head.number, opener)
  }

  /// Walks to a directory from where the rest of a path beyond `PATH_MAX` is short enough.
  private func openHead(of bytes: [UInt8]) throws(SystemCallError) -> OpenHead {
    var head = OpenHead(head: try open([UInt8(ascii: ".")], in: descriptor.number, clinux_open_location_beneath))
    while bytes.count - head.rest >= Self.longestPath {
      let window = bytes[head.rest..<(head.rest + Self.longestPath)]
      guard let slash = window.lastIndex(of: UInt8(ascii: "/")) else {
        throw SystemCallError(call: "openat2", code: ENAMETOOLONG, path: bytes)
      }
      let next = try open(Array(window[..<slash]), in: head.head.number, clinux_open_location_beneath)
      head = OpenHead(head: next, rest: slash + 1)
    }
    return head
  }

  private struct OpenHead: ~Copyable {
    let head: OwnedDescriptor
    var rest = 0
  }

  /// `EAGAIN` means that a rename elsewhere raced with the safe resolution: the kernel asks to try again.
  private func open(_ bytes: [UInt8], in base: Int32, _ opener: Opener) throws(SystemCallError) -> OwnedDescriptor {
    var attempts = 0
    while true {
      do throws(SystemCallError) {
        let number = try systemCall("openat2", path: bytes) { withCString(bytes) { opener(base, $0) } }
        return OwnedDescriptor(owning: number)
      } catch {
        attempts += 1
        if error.code != EAGAIN || attempts == 8 { throw error }
      }
    }
  }

  /// `PATH_MAX`, the terminating NUL included.
  private static let longestPath = 4096
}
