import DeliveryModel
import Glibc
import SystemSupport

/// Takes one finished file out of its folder by a rename, and deletes it if it is to go for good.
///
/// Only the very file that was delivered: its identity, ctime included, is compared before; after the rename the open
/// descriptor shows whether it was replaced or opened for writing in between, and then it is put back. At every moment
/// the file stands in exactly one place, so a crash between any two lines is resumed by calling again with the same
/// `target`.
struct FileDisposal {
  enum Outcome: Equatable {
    case done
    /// Nothing is there under its name any more.
    case gone
    /// It is no longer the file that was delivered; the watcher takes its new state up.
    case changed
    /// Somebody has it open for writing: later.
    case inUse
    /// Something else has the name `target`.
    case taken
    /// No rename leads from where it is to `target`.
    case apart
  }

  let places: ProtectedDirectories
  let path: RelativePath
  let identity: FileIdentity
  /// Where it goes, below the folder.
  let target: RelativePath
  /// Whether it is deleted once it stands there.
  let deletes: Bool

  /// - Throws: what keeps it from being done now, such as a folder that may only be read.
  func run() throws(SystemCallError) -> Outcome {
    if let outcome = try resume() { return outcome }
    guard let parent = try root.existingLocation(path.directory), let found = try parent.status(of: name)
    else { return .gone }
    guard found.kind == .file, isSameInode(found) else { return .changed }
    let file = try parent.open(name)
    var now = try file.status().identity
    now.generation = FileGeneration.of(file.number)
    guard now.matches(identity) else { return .changed }
    if LeaseProbe.ask(file.number) == .writerOpen { return .inUse }
    let place = try makePlace()
    do throws(SystemCallError) {
      try parent.rename(name, to: place.location, as: newName)
    } catch {
      switch error.code {
      case EEXIST: return .taken
      // A subvolume in the folder, say.
      case EXDEV: return .apart
      // Or the directory that it was to go to is.
      case ENOENT where try parent.status(of: name) == nil: return .gone
      default: throw error
      }
    }
    return try conclude(file, in: place.location)
  }

  /// Where it goes: nobody enters that who could not come to the file.
  private func makePlace() throws(SystemCallError) -> HeldDirectory {
    deletes ? try places.workplace(target.directory) : try places.open(target.directory, like: path.directory)
  }

  private var root: RootDirectory { places.root }
  private var name: [UInt8] { Array(path.name) }
  private var newName: [UInt8] { Array(target.name) }

  /// A daemon that ended after the rename left the file at its target.
  private func resume() throws(SystemCallError) -> Outcome? {
    guard let place = try root.existingLocation(target.directory), let found = try place.status(of: newName),
      found.kind == .file, isSameInode(found), try isOnItsFileSystem(found)
    else { return nil }
    return try conclude(try place.open(newName), in: place)
  }

  /// Looks once more, now that nobody reaches the file by its old name.
  private func conclude(
    _ file: consuming OwnedDescriptor, in place: borrowing DirectoryLocation
  ) throws(SystemCallError) -> Outcome {
    let outcome = try look(at: file, in: place)
    // NFS and FUSE keep an open file that is removed under another name.
    close(file)
    switch outcome {
    case .done: if deletes { try place.remove(newName) }
    default: try putBack(from: place)
    }
    return outcome
  }

  private func close(_ file: consuming OwnedDescriptor) {}

  private func look(
    at file: borrowing OwnedDescriptor, in place: borrowing DirectoryLocation
  ) throws(SystemCallError) -> Outcome {
    let now = try file.status()
    let there = try place.status(of: newName)
    let isDelivered =
      now.identity.size == identity.size && now.identity.modified == identity.modified && isSameInode(now)
      && there?.identity.inode == now.identity.inode
    guard isDelivered else { return .changed }
    return LeaseProbe.ask(file.number) == .writerOpen ? .inUse : .done
  }

  /// Under its own name or, where that is taken by now, under one beside it: the watcher finds it there.
  private func putBack(from place: borrowing DirectoryLocation) throws(SystemCallError) {
    let parent = try places.reopen(path.directory, as: deletes ? nil : target.directory)
    for number in FreeName.numbers {
      do throws(SystemCallError) {
        try place.rename(newName, to: parent.location, as: FreeName.numbered(name, number))
        return
      } catch {
        guard error.code == EEXIST else { throw error }
      }
    }
    throw SystemCallError(call: "renameat2", code: EEXIST, path: newName)
  }

  /// Another subvolume gives the same inode numbers to other files: what has the target's name there is nothing that was moved.
  private func isOnItsFileSystem(_ status: FileStatus) throws(SystemCallError) -> Bool {
    if status.identity.device == identity.device { return true }
    return status.identity.device == (try root.status(of: .root)).identity.device
  }

  /// All of a folder is on one file system, whose number says nothing: it is another one after a restart of the machine, and
  /// on overlayfs (`Documentation/filesystems/overlayfs.rst`) files and directories have different ones.
  private func isSameInode(_ status: FileStatus) -> Bool {
    status.identity.inode == identity.inode
  }
}
