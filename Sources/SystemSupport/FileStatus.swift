import CLinux
package import DeliveryModel
import Glibc

/// What `fstat(2)` says about a file.
package struct FileStatus: Hashable, Sendable {
  /// The kinds of things that stand in a directory.
  package enum Kind: Sendable, Hashable {
    case file
    case directory
    case symbolicLink
    /// A FIFO, a socket or a device.
    case special
  }

  /// Its generation is 0: see ``OwnedDescriptor/status(withGeneration:)``.
  package var identity: FileIdentity
  package let kind: Kind
  /// `st_nlink`.
  package let links: UInt64
  /// `st_uid`.
  package let owner: UInt32
  /// `st_gid`.
  package let group: UInt32
  /// The permission bits of `st_mode`.
  package let permissions: UInt32

  package init(
    identity: FileIdentity, kind: Kind, links: UInt64, owner: UInt32, group: UInt32 = 0, permissions: UInt32
  ) {
    self.identity = identity
    self.kind = kind
    self.links = links
    self.owner = owner
    self.group = group
    self.permissions = permissions
  }

  init(_ status: clinux_status) {
    self.init(
      identity: FileIdentity(
        device: status.device, inode: status.inode, size: status.size, modified: status.modified,
        changed: status.changed),
      kind: Self.kind(ofMode: status.mode), links: status.links, owner: status.owner, group: status.group,
      permissions: status.mode & 0o7777)
  }

  private static func kind(ofMode mode: UInt32) -> Kind {
    switch mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .directory
    case S_IFLNK: .symbolicLink
    default: .special
    }
  }

  /// The status of `name` in the open directory `descriptor`, or of the descriptor itself where `name` is empty. A
  /// symbolic link is not followed.
  static func of(_ name: [UInt8], in descriptor: Int32) throws(SystemCallError) -> FileStatus {
    var status = clinux_status()
    try systemCall("fstatat", path: name) { withCString(name) { clinux_status(descriptor, $0, &status) } }
    return FileStatus(status)
  }
}

extension OwnedDescriptor {
  /// `fstat(2)`.
  package func status() throws(SystemCallError) -> FileStatus {
    try Self.status(of: number)
  }

  /// `fstat(2)` of a descriptor that somebody else owns.
  package static func status(of number: Int32) throws(SystemCallError) -> FileStatus {
    var status = clinux_status()
    try systemCall("fstat") { clinux_status(number, "", &status) }
    return FileStatus(status)
  }
}
