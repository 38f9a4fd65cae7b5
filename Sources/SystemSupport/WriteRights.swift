import CLinux
import Glibc

/// Who besides root may rename and remove what is in a directory.
package struct WriteRights: Sendable, Equatable {
  package let owner: UInt32
  /// Everybody may make files in it, but only remove their own (`S_ISVTX`).
  package let isSticky: Bool
  package let others: Bool
  /// The owning group, if it may.
  package let group: UInt32?
  /// Those that an access control list names (`acl(5)`), by number.
  package let users: [UInt32]
  package let groups: [UInt32]

  /// Whether anybody but its owner may make files in it.
  package var isShared: Bool { others || group != nil || !users.isEmpty || !groups.isEmpty }

  /// Symbolic links are followed. Access control lists are read where the file system has them.
  package init(ofDirectory path: String) throws(SystemCallError) {
    var status = stat()
    try systemCall("stat", path: Array(path.utf8)) { stat(path, &status) }
    owner = status.st_uid
    isSticky = status.st_mode & S_ISVTX != 0
    others = status.st_mode & S_IWOTH != 0
    let list = Self.accessControlList(path)
    // With a list the group's bits of the mode are its mask.
    let mask = list == nil || status.st_mode & S_IWGRP != 0
    let mayGroup = list.map { $0.contains { $0.tag == 0x04 && $0.mayWrite } } ?? (status.st_mode & S_IWGRP != 0)
    group = mask && mayGroup ? status.st_gid : nil
    users = (list ?? []).filter { mask && $0.tag == 0x02 && $0.mayWrite }.map(\.id)
    groups = (list ?? []).filter { mask && $0.tag == 0x08 && $0.mayWrite }.map(\.id)
  }

  /// An entry as the kernel gives it (`linux/posix_acl_xattr.h`): ACL_USER is 2, ACL_GROUP_OBJ 4, ACL_GROUP 8.
  private struct Entry {
    let tag: UInt16
    let mayWrite: Bool
    let id: UInt32
  }

  private static func accessControlList(_ path: String) -> [Entry]? {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = clinux_read_attribute(path, "system.posix_acl_access", &buffer, buffer.count)
    guard count >= 4 else { return nil }
    return buffer.withUnsafeBytes { bytes in
      stride(from: 4, through: count - 8, by: 8).map { offset in
        Entry(
          tag: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self),
          mayWrite: bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self) & 2 != 0,
          id: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
      }
    }
  }
}

/// A symbolic link by itself.
package struct SymbolicLink: Sendable, Equatable {
  package let owner: UInt32
  /// As it is written.
  package let target: String

  /// Nil for what is none, cannot be looked at, or points to a name that is not UTF-8.
  package init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return nil }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    guard count > 0,
      let target = String(validating: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    else { return nil }
    owner = status.st_uid
    self.target = target
  }
}
