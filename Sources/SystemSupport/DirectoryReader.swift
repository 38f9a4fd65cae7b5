import CLinux
import DeliveryModel
import Glibc

/// One entry of a directory.
package struct DirectoryEntry: Sendable, Hashable {
  package let name: [UInt8]
  /// Nil where the file system does not say.
  package let kind: FileStatus.Kind?
}

/// An open directory, listed a buffer at a time (`getdents64(2)`), so that a directory of a million files costs no
/// memory.
package struct DirectoryReader: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor

  init(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = descriptor
  }

  /// For a kernel watch on the directory.
  package var number: Int32 { descriptor.number }

  /// The directory's own status.
  package func status() throws(SystemCallError) -> FileStatus { try descriptor.status() }

  /// What protects the directory, which has this status.
  package func rights(_ status: FileStatus) throws(SystemCallError) -> AccessRights { try descriptor.rights(status) }

  /// The status of an entry; a symbolic link is not followed.
  package func status(of name: [UInt8]) throws(SystemCallError) -> FileStatus {
    try FileStatus.of(name, in: descriptor.number)
  }

  /// See ``FileGeneration``.
  package func generation(of name: [UInt8]) -> UInt64 {
    FileGeneration.hash(in: descriptor.number, name: name)
  }

  /// The next few hundred entries, without `.` and `..`; nil at the end.
  package func next() throws(SystemCallError) -> [DirectoryEntry]? {
    let size = 16 << 10
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    defer { buffer.deallocate() }
    let length = try systemCall("getdents64") { clinux_read_directory(descriptor.number, buffer.baseAddress, size) }
    return length == 0 ? nil : Self.parse(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
  }

  /// Whether nothing stands in the directory that is open and has not been read yet.
  static func isEmpty(_ descriptor: Int32) throws(SystemCallError) -> Bool {
    let size = 1 << 10
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    defer { buffer.deallocate() }
    let length = try systemCall("getdents64") { clinux_read_directory(descriptor, buffer.baseAddress, size) }
    return parse(UnsafeRawBufferPointer(rebasing: buffer[..<length])).isEmpty
  }

  /// `struct linux_dirent64`: inode (8), offset (8), record length (2), type (1), name with a terminating NUL.
  private static func parse(_ records: UnsafeRawBufferPointer) -> [DirectoryEntry] {
    var entries: [DirectoryEntry] = []
    var start = 0
    while start + 19 < records.count {
      let length = Int(records.loadUnaligned(fromByteOffset: start + 16, as: UInt16.self))
      let name = records[(start + 19)..<(start + length)].prefix { $0 != 0 }
      if !isSelfOrParent(name) {
        entries.append(DirectoryEntry(name: Array(name), kind: kind(ofType: records[start + 18])))
      }
      start += length
    }
    return entries
  }

  private static func isSelfOrParent(_ name: Slice<UnsafeRawBufferPointer>) -> Bool {
    name.count <= 2 && name.allSatisfy { $0 == UInt8(ascii: ".") }
  }

  private static func kind(ofType type: UInt8) -> FileStatus.Kind? {
    switch Int(type) {
    case Int(DT_UNKNOWN): nil
    case Int(DT_REG): .file
    case Int(DT_DIR): .directory
    case Int(DT_LNK): .symbolicLink
    default: .special
    }
  }
}
