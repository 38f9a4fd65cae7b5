import CLinux
package import DeliveryModel
import Glibc

/// A directory of a drop folder, held open to change what stands in it: what is done to a name is done in this very
/// directory, whatever becomes of the path that led here.
package struct DirectoryLocation: ~Copyable, Sendable {
  let descriptor: OwnedDescriptor

  init(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = descriptor
  }

  /// Lists it, by a descriptor of its own.
  func reader() throws(SystemCallError) -> DirectoryReader {
    DirectoryReader(try openFile([UInt8(ascii: ".")], O_RDONLY | O_DIRECTORY, mode: 0))
  }

  /// The status of the directory itself.
  package func status() throws(SystemCallError) -> FileStatus { try descriptor.status() }

  /// The status of `name`, a symbolic link not followed; nil where nothing bears the name.
  package func status(of name: [UInt8]) throws(SystemCallError) -> FileStatus? {
    do throws(SystemCallError) {
      return try FileStatus.of(name, in: descriptor.number)
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
  }

  /// Opens the file `name` for reading; never blocks, never follows a link.
  package func open(_ name: [UInt8]) throws(SystemCallError) -> OwnedDescriptor {
    try openFile(name, O_RDONLY | O_NONBLOCK | O_NOCTTY, mode: 0)
  }

  /// Removes the file `name` (`unlinkat(2)`).
  package func remove(_ name: [UInt8]) throws(SystemCallError) {
    try systemCall("unlinkat", path: name) { withCString(name) { unlinkat(descriptor.number, $0, 0) } }
  }

  /// Removes the empty directory `name`.
  package func removeDirectory(_ name: [UInt8]) throws(SystemCallError) {
    try systemCall("unlinkat", path: name) { withCString(name) { unlinkat(descriptor.number, $0, AT_REMOVEDIR) } }
  }

  /// Opens the file `name` for reading and appending, made for `readers` if it is not there.
  package func openForAppending(
    _ name: [UInt8], readers: AccessRights
  ) throws(SystemCallError) -> OwnedDescriptor {
    let flags = O_RDWR | O_APPEND | O_NONBLOCK
    do throws(SystemCallError) {
      let made = try openFile(name, flags | O_CREAT | O_EXCL, mode: 0o600)
      try made.open(to: readers)
      return made
    } catch {
      guard error.code == EEXIST else { throw error }
    }
    let file = try openFile(name, flags, mode: 0)
    let status = try file.status()
    // A second name may be that of somebody else's file, whose content and rights are none of ours.
    guard status.kind == .file, status.links == 1 else {
      throw SystemCallError(call: "openat", code: EINVAL, path: name)
    }
    // A crash may have come between its making and its rights.
    if status.identity.size == 0, status.owner == Self.agent { try file.open(to: readers) }
    return file
  }

  /// Makes new names in this directory durable, where the file system can be asked to (`fsync(2)`).
  package func synchronize() throws(SystemCallError) {
    do throws(SystemCallError) {
      try descriptor.synchronize()
    } catch {
      guard error.code == EINVAL else { throw error }
    }
  }

  func openFile(_ name: [UInt8], _ flags: Int32, mode: UInt32) throws(SystemCallError) -> OwnedDescriptor {
    let number = try systemCall("openat", path: name) {
      withCString(name) { clinux_open_at(descriptor.number, $0, flags, mode) }
    }
    return OwnedDescriptor(owning: number)
  }
}

extension RootDirectory {
  /// Holds the directory `path` open.
  package func location(_ path: RelativePath) throws(SystemCallError) -> DirectoryLocation {
    let bytes = path.bytes.isEmpty ? [UInt8(ascii: ".")] : path.bytes
    return DirectoryLocation(try open(bytes, clinux_open_directory_beneath))
  }

  /// The same; nil where no directory bears the name.
  package func existingLocation(_ path: RelativePath) throws(SystemCallError) -> DirectoryLocation? {
    do throws(SystemCallError) {
      return try location(path)
    } catch {
      guard error.code == ENOENT || error.code == ENOTDIR || error.code == ELOOP else { throw error }
      return nil
    }
  }
}

extension OwnedDescriptor {
  /// Shortens the file (`ftruncate(2)`).
  package func truncate(to size: Int64) throws(SystemCallError) {
    try systemCall("ftruncate") { ftruncate(number, off_t(size)) }
  }

  /// `count` bytes of a descriptor that somebody else owns from `offset` on, fewer at the end (`pread(2)`).
  package static func read(_ number: Int32, from offset: Int64, upTo count: Int) throws(SystemCallError) -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled throws(SystemCallError) in
      let room = UnsafeMutableRawBufferPointer(buffer)
      filled = try read(number, from: offset, into: .init(rebasing: room[..<count]))
    }
  }

  /// Fills the room with the bytes from `offset` on; how many there were (`pread(2)`).
  package static func read(
    _ number: Int32, from offset: Int64, into room: UnsafeMutableRawBufferPointer
  ) throws(SystemCallError) -> Int {
    var filled = 0
    while filled < room.count {
      let length = try systemCall("pread") {
        pread(number, room.baseAddress?.advanced(by: filled), room.count - filled, off_t(offset) + off_t(filled))
      }
      if length == 0 { break }
      filled += length
    }
    return filled
  }
}
