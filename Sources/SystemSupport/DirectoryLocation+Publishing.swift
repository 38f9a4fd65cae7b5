import CLinux
import DeliveryModel
import Glibc
import Synchronization

/// Files that appear whole. Each is made anew under a random name that nobody can have taken, and never through a link:
/// the directory may be one that people who are not trusted write in.
extension DirectoryLocation {
  /// Replaces the file `name`: a reader sees the old content or the new.
  package func replace(
    _ name: [UInt8], with bytes: [UInt8], mode: UInt32, group: UInt32? = nil, durable: Bool
  ) throws(SystemCallError) {
    try publish(bytes, durable: durable) { file throws(SystemCallError) in
      // Mostly it has the group already, and the service's unit does not allow the call.
      if let group, try file.status().group != group {
        try systemCall("fchown", path: name) { fchown(file.number, .max, group) }
      }
      try systemCall("fchmod", path: name) { fchmod(file.number, mode) }
    } rename: { aside throws(SystemCallError) in
      try renameReplacing(aside, to: self, as: name)
    }
  }

  /// Replaces the file `name`: a reader sees the old content or the new. `readers` are the rights of what is known to the
  /// same people.
  package func replace(
    _ name: [UInt8], with bytes: [UInt8], readers: AccessRights, durable: Bool
  ) throws(SystemCallError) {
    try publish(bytes, durable: durable) { file throws(SystemCallError) in
      try file.open(to: readers)
    } rename: { aside throws(SystemCallError) in
      try renameReplacing(aside, to: self, as: name)
    }
  }

  /// Makes the file `name`, whole at once and durable.
  ///
  /// - Throws: `EEXIST` where something has the name, which stays as it is.
  package func add(_ name: [UInt8], with bytes: [UInt8], readers: AccessRights) throws(SystemCallError) {
    try publish(bytes, durable: true) { file throws(SystemCallError) in
      try file.open(to: readers)
    } rename: { aside throws(SystemCallError) in
      try rename(aside, to: self, as: name)
    }
  }

  private func publish(
    _ bytes: [UInt8], durable: Bool, protect: (borrowing OwnedDescriptor) throws(SystemCallError) -> Void,
    rename: ([UInt8]) throws(SystemCallError) -> Void
  ) throws(SystemCallError) {
    Leftovers.clear(self)
    let aside = Self.temporaryName()
    let file = try openFile(aside, O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK, mode: 0o600)
    do throws(SystemCallError) {
      let made = try file.status()
      guard made.kind == .file, made.links == 1 else { throw SystemCallError(call: "fstat", code: EINVAL, path: aside) }
      // The rights before the first byte.
      try protect(file)
      try file.write(bytes)
      if durable { try file.synchronize() }
      try rename(aside)
    } catch {
      try? remove(aside)
      throw error
    }
    if durable { try synchronize() }
  }

  static func temporaryName() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return OwnTemporaryName.make(using: &generator)
  }
}

/// What a run that was killed in the middle left under a temporary name. Each directory is looked through once by a
/// process, before it makes the first file there.
enum Leftovers {
  private struct Place: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private static let cleared = Mutex<Set<Place>>([])
  private static let mostPlaces = 10_000
  /// Entries of a directory that are looked at.
  private static let mostEntries = 100_000
  /// What was made before this process made its first file is of a run before it. The kernel's clock for files lags a
  /// little behind.
  private static let start = WallClock.now + .milliseconds(-100)

  static func clear(_ location: borrowing DirectoryLocation) {
    guard let identity = try? location.status().identity else { return }
    let place = Place(device: identity.device, inode: identity.inode)
    let isNew = cleared.withLock { cleared in
      if cleared.count >= mostPlaces { cleared.removeAll() }
      return cleared.insert(place).inserted
    }
    guard isNew, let reader = try? location.reader() else { return }
    var seen = 0
    while seen < mostEntries, let entries = try? reader.next() {
      seen += entries.count
      for entry in entries where OwnTemporaryName.isOne(entry.name) { remove(entry.name, location) }
    }
  }

  /// Only what is ours by name and owner, under no second name, and older than this run; of directories, empty ones.
  private static func remove(_ name: [UInt8], _ location: borrowing DirectoryLocation) {
    guard let status = try? location.status(of: name), status.owner == geteuid(),
      Timestamp(nanoseconds: status.identity.changed) < start
    else { return }
    switch status.kind {
    case .file where status.links == 1: try? location.remove(name)
    case .directory: try? location.removeDirectory(name)
    default: return
    }
  }
}
