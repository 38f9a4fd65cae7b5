import CLinux
import Glibc

/// What protects a directory, and directories that are made with the same protection.
extension DirectoryLocation {
  /// The user as whom this thread works in directories.
  package static var agent: UInt32 { clinux_file_user() }

  package func rights() throws(SystemCallError) -> AccessRights { try descriptor.rights() }

  /// The rights of the file `name`.
  package func rights(of name: [UInt8]) throws(SystemCallError) -> AccessRights { try open(name).rights() }

  /// Holds the directory `name` in this one open; nil where no directory bears the name.
  package func child(_ name: [UInt8]) throws(SystemCallError) -> DirectoryLocation? {
    do throws(SystemCallError) {
      return DirectoryLocation(try openBeneath(name))
    } catch {
      guard error.code == ENOENT || error.code == ENOTDIR || error.code == ELOOP else { throw error }
      return nil
    }
  }

  /// Gives this directory the rights of another one, and proves it: nobody may do more than there, and nobody less.
  ///
  /// - Throws: ``SystemCallError/unprotected`` where that cannot be had.
  package func adopt(_ rights: AccessRights, _ groups: AccessRights.Membership) throws(SystemCallError) {
    try descriptor.adopt(rights, bits: 7)
    let found = try descriptor.rights()
    guard found.isSame(as: rights, for: Self.agent, groups), found.keepsForeign(of: rights) else { throw .unprotected }
  }

  /// Makes the directory `name` with the rights of another one, which it has before it gets its name, and holds it open.
  /// Durable before a file goes in: a power cut takes no file away with its directory.
  /// Nil where something bears the name by now.
  package func makeDirectory(
    _ name: [UInt8], like rights: AccessRights, _ groups: AccessRights.Membership
  ) throws(SystemCallError) -> DirectoryLocation? {
    let closed = try makeClosedDirectory()
    let aside = closed.name
    do throws(SystemCallError) {
      try closed.location.adopt(rights, groups)
      try renameDirectory(aside, as: name)
    } catch {
      try? removeDirectory(aside)
      guard error.code == ENOTEMPTY || error.code == EEXIST || error.code == ENOTDIR else { throw error }
      return nil
    }
    try synchronize()
    return closed.location
  }

  /// Makes the directory `name` for this user alone, or takes the one that an earlier run left.
  ///
  /// - Throws: ``SystemCallError/foreign`` where somebody else made what bears the name.
  package func makePrivateDirectory(_ name: [UInt8]) throws(SystemCallError) -> DirectoryLocation {
    if try status(of: name) == nil {
      let closed = try makeClosedDirectory()
      do throws(SystemCallError) {
        try renameDirectory(closed.name, as: name)
      } catch {
        try? removeDirectory(closed.name)
        guard error.code == ENOTEMPTY || error.code == EEXIST || error.code == ENOTDIR else { throw error }
      }
    }
    guard let found = try child(name) else { throw .foreign }
    let status = try found.status()
    guard status.owner == Self.agent, status.permissions & 0o077 == 0 else { throw .foreign }
    return found
  }

  /// A new directory under a name of its own that nobody but this user enters. One that a crash left under the first name
  /// goes; where somebody keeps that name taken, others are tried that cannot be guessed.
  private func makeClosedDirectory() throws(SystemCallError) -> ClosedDirectory {
    var name = Self.asideOfDirectories
    for attempt in 0..<8 {
      if attempt == 1 { try? removeDirectory(name) }
      if attempt > 1 {
        name = Self.asideOfDirectories + Array(".\(String(UInt64.random(in: .min ... .max), radix: 36))".utf8)
      }
      do throws(SystemCallError) {
        try systemCall("mkdirat", path: name) { withCString(name) { mkdirat(descriptor.number, $0, 0o700) } }
      } catch {
        guard error.code == EEXIST else { throw error }
        continue
      }
      let made = DirectoryLocation(try openBeneath(name))
      let status = try made.status()
      // Whoever may write here may have put another in its place, even one of ours with something in it, which must not be
      // opened to others. On some file systems everything has one owner.
      let owner = try self.status().owner
      if status.owner == Self.agent || status.owner == owner, try DirectoryReader.isEmpty(made.descriptor.number) {
        return ClosedDirectory(location: made, name: name)
      }
    }
    throw .unprotected
  }

  private struct ClosedDirectory: ~Copyable {
    let location: DirectoryLocation
    let name: [UInt8]
  }

  /// What a directory is called until it has its rights.
  private static let asideOfDirectories = Array(".s3loggerd.directory".utf8)

  private func openBeneath(_ name: [UInt8]) throws(SystemCallError) -> OwnedDescriptor {
    let number = try systemCall("openat2", path: name) {
      withCString(name) { clinux_open_directory_beneath(descriptor.number, $0) }
    }
    return OwnedDescriptor(owning: number)
  }
}

extension OwnedDescriptor {
  private static let access = "system.posix_acl_access"
  private static let inherited = "system.posix_acl_default"

  package func rights() throws(SystemCallError) -> AccessRights { try rights(try status()) }

  func rights(_ status: FileStatus) throws(SystemCallError) -> AccessRights {
    let list = try attribute(Self.access).flatMap { AccessList($0) }
    var rights = AccessRights(owner: status.owner, group: status.group, mode: status.permissions, acl: list)
    guard status.kind == .directory else { return rights }
    rights.inherited = try attribute(Self.inherited) ?? []
    for name in AccessRights.foreignNames { rights.foreign[name] = try attribute(name) }
    return rights
  }

  /// Gives the file to those who have `rights`, as far as this user may: what that came to is for the caller to read.
  /// `bits` is what this user itself may do, where the owner cannot be the same.
  func adopt(_ rights: AccessRights, bits: UInt8) throws(SystemCallError) {
    var status = try status()
    if status.group != rights.group { _ = fchown(number, uid_t.max, rights.group) }
    let isDirectory = status.kind == .directory
    if isDirectory, status.owner != rights.owner, DirectoryLocation.agent == 0 {
      _ = fchown(number, rights.owner, gid_t.max)
    }
    status = try self.status()
    guard var kept = rights.kept(byOwner: status.owner, group: status.group, bits: bits) else {
      throw .unprotected
    }
    if let list = kept.list, set(Self.access, list.bytes) != 0 {
      // No ACL is to be had here.
      (kept.users, kept.groups) = ([:], [:])
    } else if kept.list == nil {
      _ = clinux_remove_attribute(number, Self.access)
    }
    try systemCall("fchmod") { fchmod(number, kept.mode) }
    guard isDirectory else { return }
    if rights.inherited.isEmpty {
      _ = clinux_remove_attribute(number, Self.inherited)
    } else {
      _ = set(Self.inherited, rights.inherited)
    }
    for (name, bytes) in rights.foreign where try attribute(name) != bytes { _ = set(name, bytes) }
  }

  /// Lets those read and write a new file of text who may do so by `rights`, and nobody else: where they cannot be told
  /// apart from others, nobody.
  func open(to rights: AccessRights) throws(SystemCallError) {
    let text = rights.ofText
    do throws(SystemCallError) {
      try adopt(text, bits: 6)
      if try self.rights().isNoWider(than: text, for: DirectoryLocation.agent, { _ in nil }) { return }
    } catch {
      guard error == .unprotected else { throw error }
    }
    try systemCall("fchmod") { fchmod(number, 0o600) }
  }

  /// The value of an attribute; nil where there is none, or the file system has none of the kind (`fgetxattr(2)`).
  func attribute(_ name: String) throws(SystemCallError) -> [UInt8]? {
    let longest = 64 << 10
    do throws(SystemCallError) {
      return try [UInt8](unsafeUninitializedCapacity: longest) { room, count throws(SystemCallError) in
        count = try systemCall("fgetxattr") { clinux_get_attribute(number, name, room.baseAddress, longest) }
      }
    } catch {
      guard error.code == ENODATA || error.code == EOPNOTSUPP else { throw error }
      return nil
    }
  }

  private func set(_ name: String, _ bytes: [UInt8]) -> Int32 {
    clinux_set_attribute(number, name, bytes, bytes.count)
  }
}

extension SystemCallError {
  /// A new directory, or one that is there, does not protect files as the directory they are in.
  package static let unprotected = SystemCallError(call: "protect", code: EPERM)
  /// What stands where files go has other rights than the directory they come from.
  package static let differs = SystemCallError(call: "protect", code: EEXIST)
  /// Somebody else made the directory in which the daemon works.
  package static let foreign = SystemCallError(call: "protect", code: EACCES)
}
