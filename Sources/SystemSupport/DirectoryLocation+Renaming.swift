import CLinux
import DeliveryModel
import Glibc

/// Renames that take the place of nothing, also where the file system cannot see to that itself (NFS, most of FUSE, 9P).
///
/// There the new name is reserved first: an empty file that nobody may open is made under it, which only one can, and that
/// file alone is replaced. A crash in between leaves the reservation, which the next attempt knows by its looks and uses.
extension DirectoryLocation {
  /// What saw to it that nothing was replaced.
  package enum RenameWay: Sendable, Equatable {
    /// The file system (`RENAME_NOREPLACE`).
    case refused
    /// A reservation.
    case reserved
  }

  /// Gives the file `name` the name `newName` in `other`; takes no other entry's place.
  ///
  /// - Throws: `EEXIST` where `newName` is taken, `EXDEV` where `other` is on another file system, `EAGAIN` where another
  ///   process is about to use `newName`.
  @discardableResult
  package func rename(
    _ name: [UInt8], to other: borrowing DirectoryLocation, as newName: [UInt8]
  ) throws(SystemCallError) -> RenameWay {
    let (here, there) = (descriptor.number, other.descriptor.number)
    let reservation: FileIdentity
    do throws(SystemCallError) {
      try systemCall("renameat2", path: name) {
        withCString(name) { name in
          withCString(newName) { clinux_rename_without_replacing(here, name, there, $0) }
        }
      }
      return .refused
    } catch {
      switch error.code {
      case EINVAL: reservation = try other.reserve(newName)
      case EEXIST:
        guard let left = try other.leftReservation(newName) else { throw error }
        reservation = left
      default: throw error
      }
    }
    do throws(SystemCallError) {
      guard try other.isReserved(newName, by: reservation) else {
        throw SystemCallError(call: "renameat2", code: EEXIST, path: newName)
      }
      try renameReplacing(name, to: other, as: newName)
    } catch {
      if (try? other.isReserved(newName, by: reservation)) == true { try? other.remove(newName) }
      throw error
    }
    return .reserved
  }

  /// Gives the directory `name` the name `newName`: takes the place of an empty directory at most.
  ///
  /// - Throws: `EEXIST`, `ENOTEMPTY` or `ENOTDIR` where `newName` is taken.
  func renameDirectory(_ name: [UInt8], as newName: [UInt8]) throws(SystemCallError) {
    try renameReplacing(name, to: self, as: newName)
  }

  /// Replaces whatever file bears the name.
  func renameReplacing(
    _ name: [UInt8], to other: borrowing DirectoryLocation, as newName: [UInt8]
  ) throws(SystemCallError) {
    let (here, there) = (descriptor.number, other.descriptor.number)
    try systemCall("renameat", path: newName) {
      withCString(name) { name in withCString(newName) { renameat(here, name, there, $0) } }
    }
  }

  // MARK: Reservations

  /// One that is older is one that a crash left.
  private static var longestReservation: Duration { .seconds(10) }

  /// Makes an empty file under a name that is free. It is closed again before the name is used: NFS and FUSE keep an open
  /// file that is replaced under another name.
  private func reserve(_ name: [UInt8]) throws(SystemCallError) -> FileIdentity {
    do throws(SystemCallError) {
      return try openFile(name, O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK, mode: 0).status().identity
    } catch {
      guard error.code == EEXIST, let left = try leftReservation(name) else { throw error }
      return left
    }
  }

  private func isReserved(_ name: [UInt8], by reservation: FileIdentity) throws(SystemCallError) -> Bool {
    guard let found = try status(of: name), found.kind == .file, found.identity.size == 0 else { return false }
    return found.identity.device == reservation.device && found.identity.inode == reservation.inode
  }

  /// What a crash left under the name: a file of this user without content, without rights and without a second name.
  ///
  /// - Throws: `EAGAIN` for a young one, which may be of a process that is at work, be it on another machine.
  private func leftReservation(_ name: [UInt8]) throws(SystemCallError) -> FileIdentity? {
    guard let found = try status(of: name), found.kind == .file, found.identity.size == 0, found.permissions == 0,
      found.links == 1, found.owner == Self.agent
    else { return nil }
    let age = WallClock.now - Timestamp(nanoseconds: found.identity.modified)
    guard age > Self.longestReservation else { throw SystemCallError(call: "renameat2", code: EAGAIN, path: name) }
    return found.identity
  }
}
