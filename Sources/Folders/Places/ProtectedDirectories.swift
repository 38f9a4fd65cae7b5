import DeliveryModel
import Glibc
import SystemSupport

/// The directories of one folder into which files are moved and notes are written. Each stands for one that a file comes
/// from and has its rights: who may not enter the one does not enter the other, and who may, still does.
///
/// `_sent/2026-11-23/HR/letters` stands for `HR/letters`, level by level; what comes before that stands for the folder
/// itself. Nothing is found by a path twice: each level is opened in the one above, judged, and held while it is used. Lives
/// as long as one page of work, in which rights are read once.
package final class ProtectedDirectories {
  let root: RootDirectory
  private let groups: AccessRights.Membership
  private var rights: [RelativePath: AccessRights] = [:]
  private var held: [Pair: HeldDirectory] = [:]

  init(_ root: RootDirectory, groups: @escaping AccessRights.Membership = ProtectedDirectories.members) {
    self.root = root
    self.groups = groups
  }

  /// Asked of the system once a minute.
  private static let known = UserGroups()
  package static func members(_ user: UInt32) -> Set<UInt32>? { known.groups(of: user) }

  private struct Pair: Hashable {
    let target: RelativePath
    let source: RelativePath
  }

  /// How a directory that is there fits.
  private enum Fit {
    case fits
    /// It is ours and lets more people in, or others: to be given the rights that it should have.
    case adjustable
    case differs
  }

  /// Holds the directory `target` open, making what is missing on the way, with the protection of `source`.
  ///
  /// - Throws: ``SystemCallError/differs`` where a directory with other rights is in the way,
  ///   ``SystemCallError/unprotected`` where a new one cannot have the same.
  func open(_ target: RelativePath, like source: RelativePath) throws(SystemCallError) -> HeldDirectory {
    let pair = Pair(target: target, source: source)
    if let known = held[pair] { return known }
    if target.bytes.isEmpty { return HeldDirectory(try root.location(.root)) }
    let isPlace = source.bytes.isEmpty
    let parent = try open(target.directory, like: isPlace ? .root : source.directory)
    let wanted = try rights(of: source)
    let found = HeldDirectory(
      try openChild(Array(target.name), in: parent.location, like: wanted, isPlace ? .place : .mirror))
    if held.count >= Self.capacity { held.removeAll() }
    held[pair] = found
    return found
  }

  /// Descriptors that are held at once.
  static let capacity = 8

  private enum Level { case place, mirror }

  private func openChild(
    _ name: [UInt8], in parent: borrowing DirectoryLocation, like wanted: AccessRights, _ level: Level
  ) throws(SystemCallError) -> DirectoryLocation {
    for _ in 0..<8 {
      if let found = try parent.child(name) {
        switch fit(try found.rights(), wanted, level) {
        case .fits: break
        case .adjustable: try found.adopt(wanted, groups)
        case .differs: throw .differs
        }
        return found
      }
      if let made = try parent.makeDirectory(name, like: wanted, groups) { return made }
      // A file or a link in the way stays there.
      if let status = try parent.status(of: name), status.kind != .directory {
        throw SystemCallError(call: "openat2", code: status.kind == .symbolicLink ? ELOOP : ENOTDIR, path: name)
      }
    }
    throw SystemCallError(call: "openat2", code: EAGAIN, path: name)
  }

  private func fit(_ found: AccessRights, _ wanted: AccessRights, _ level: Level) -> Fit {
    let agent = DirectoryLocation.agent
    if !found.keepsForeign(of: wanted) { return .differs }
    if found.isSame(as: wanted, for: agent, groups) { return .fits }
    if level == .place {
      // Made by versions that could not keep the group: nobody decided on that.
      if found.owner == agent, found.group != wanted.group, found.list == nil,
        found.mode & 0o777 == wanted.mode & 0o777
      {
        return .adjustable
      }
      // Narrower: somebody's decision.
      if found.isNoWider(inside: wanted, for: agent, groups) { return .fits }
    }
    return found.owner == agent && wanted.isNoWider(than: found, for: agent, groups) ? .adjustable : .differs
  }

  func rights(of path: RelativePath) throws(SystemCallError) -> AccessRights {
    if let known = rights[path] { return known }
    let found = try root.location(path).rights()
    if rights.count >= 4096 { rights.removeAll() }
    rights[path] = found
    return found
  }

  /// The directory that is to stand for `source` in `place`, which names it: where one with other rights is in the way, the
  /// one beside it. Made later, by ``open(_:like:)``.
  func free(for source: RelativePath, in place: RelativePath) -> RelativePath {
    if source.bytes.isEmpty { return place }
    let parent = free(for: source.directory, in: place)
    let name = Array(source.name)
    guard let wanted = try? rights(of: source), let above = try? root.existingLocation(parent) else {
      return parent.appending(name)
    }
    for number in 1...Self.siblings {
      let candidate = FreeName.numbered(name, number)
      guard let found = try? above.child(candidate) else {
        // A file or a link that has the name is passed over, as a directory with other rights is.
        if let there = try? above.status(of: candidate), there.kind != .directory { continue }
        return parent.appending(candidate)
      }
      if let rights = try? found.rights(), fit(rights, wanted, .mirror) != .differs {
        return parent.appending(candidate)
      }
    }
    return parent.appending(name)
  }

  private static let siblings = 100

  /// Whether everyone who may list the folder may list this directory of it too; false where it cannot be told.
  func isOpen(_ path: RelativePath) -> Bool {
    if path.bytes.isEmpty { return true }
    guard isOpen(path.directory), let all = try? rights(of: .root), let here = try? rights(of: path) else {
      return false
    }
    return here.isOpen(toAllOf: all, for: DirectoryLocation.agent, groups)
  }

  /// Whether everyone who may list `directory` may read a file with these rights.
  func isReadable(_ rights: AccessRights, byAllOf directory: RelativePath) -> Bool {
    guard let all = try? self.rights(of: directory) else { return false }
    return rights.isReadable(byAllOf: all, for: DirectoryLocation.agent, groups)
  }

  /// The rights of a file, if it is the one that is asked for; nil where it is not there any more.
  func rights(of file: SettledFile) -> AccessRights? {
    guard let found = try? root.holdEntry(file.path), let status = try? found.status(),
      status.kind == .file, status.identity.matches(file.identity)
    else { return nil }
    return try? found.rights()
  }

  /// The directory in which files stand that are to be deleted: nobody else enters it.
  ///
  /// - Throws: ``SystemCallError/foreign`` where somebody else made it.
  func workplace(_ path: RelativePath) throws(SystemCallError) -> HeldDirectory {
    HeldDirectory(try root.location(path.directory).makePrivateDirectory(Array(path.name)))
  }

  /// Holds a directory open that a file is put back to. Where somebody removed it meanwhile, it has the rights of the one
  /// that stood for it or, where none did, is for the daemon alone.
  func reopen(_ path: RelativePath, as stood: RelativePath?) throws(SystemCallError) -> HeldDirectory {
    if let found = try root.existingLocation(path) { return HeldDirectory(found) }
    if path.bytes.isEmpty { throw SystemCallError(call: "openat2", code: ENOENT) }
    let parent = try reopen(path.directory, as: stood?.directory)
    guard let stood, let rights = try? rights(of: stood) else {
      return HeldDirectory(try parent.location.makePrivateDirectory(Array(path.name)))
    }
    guard let made = try parent.location.makeDirectory(Array(path.name), like: rights, groups) else {
      throw SystemCallError(call: "openat2", code: EAGAIN, path: path.bytes)
    }
    return HeldDirectory(made)
  }
}

/// Lets several hold one open directory.
final class HeldDirectory: Sendable {
  let location: DirectoryLocation

  init(_ location: consuming DirectoryLocation) {
    self.location = location
  }
}
