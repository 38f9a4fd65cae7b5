import DeliveryModel
import Glibc

/// A journal that SQLite cannot read as a whole. What is lost of it does no harm: a rescan finds the files again, and the
/// records' keys are made of the content, so nothing is recorded twice.
///
/// A new journal with all that can still be read takes its place, in steps of which each may be the last one before the power
/// fails: the new one is written beside it (`.salvaging`), is whole and durable (`.salvaged`), the old one is moved aside,
/// the new one takes its name.
enum DamagedJournal {
  /// Left behind when damage is found while the journal is open: the next start sets it aside.
  static func marker(_ path: String) -> String { path + ".damaged" }

  /// Returns whether it stands there now.
  @discardableResult
  static func mark(_ path: String) -> Bool {
    let descriptor = open(marker(path), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
  }

  static func isMarked(_ path: String) -> Bool { access(marker(path), F_OK) == 0 }

  /// Whether damage was found before, or the file's header is not that of a journal, or it is empty and its log is not.
  static func isDue(_ path: String) -> Bool {
    if isMarked(path) || access(salvaged(path), F_OK) == 0 { return true }
    guard access(path, F_OK) == 0, let image = DatabaseImage(path), image.pageCount > 0 else { return false }
    return !image.isHeaderSound || StateDirectory.isEmpty(path)
  }

  private static func salvaged(_ path: String) -> String { path + ".salvaged" }

  /// Puts a new journal into the place of the one at `path`. Returns where that is now, and what the new one has of it; nil
  /// for the latter where the start before had come further than that, or a fault kept all of it from being read.
  ///
  /// Throws ``JournalError/storageFull(reason:)`` and changes nothing where there is no room for the new one. Blocks.
  static func replace(
    _ path: String, now: Timestamp, progress: @escaping () -> Void
  ) throws(JournalError) -> (aside: String, salvaged: SalvagedJournal?) {
    if let version = DatabaseImage(path)?.userVersion, isOfNewerProgram(version) { throw .newerSchema(version) }
    var result: SalvagedJournal?
    if access(salvaged(path), F_OK) != 0 { result = try salvage(path, now, progress) }
    let aside = try moveAside(path, now: now)
    if rename(salvaged(path), path) != 0, errno != ENOENT {
      throw .unusableDirectory("\(salvaged(path)) cannot be renamed (errno \(errno))")
    }
    unlink(marker(path))
    syncDirectory(of: path)
    return (aside, result)
  }

  /// No program comes near: what a journal says beyond is damage.
  private static let highestVersion = 9999

  /// Whether a journal of that version is to be left alone.
  static func isOfNewerProgram(_ version: Int) -> Bool {
    version > JournalSchema.version && version <= highestVersion
  }

  private static func salvage(
    _ path: String, _ now: Timestamp, _ progress: @escaping () -> Void
  ) throws(JournalError) -> SalvagedJournal? {
    let new = path + ".salvaging"
    for name in [new, new + "-journal", new + "-wal", new + "-shm"] { unlink(name) }
    do {
      try StateDirectory.prepareFile(new, in: StateDirectory.parent(of: path))
      let result = try JournalSalvage.make(new, from: path, now: now, progress: progress)
      guard sync(new) else { throw JournalError.storageFailed(reason: "\(new) cannot be written (errno \(errno))") }
      guard rename(new, salvaged(path)) == 0 else {
        throw JournalError.storageFailed(reason: "\(new) cannot be renamed (errno \(errno))")
      }
      syncDirectory(of: path)
      return result
    } catch {
      unlink(new)
      switch JournalError(error) {
      case .storageFull(let reason), .noRoom(_, let reason): throw .noRoom(path: new, reason: reason)
      // Whatever it is, a new journal without the old rows is better than none.
      default: return nil
      }
    }
  }

  /// Renames the file and its companions; returns the new path.
  private static func moveAside(_ path: String, now: Timestamp) throws(JournalError) -> String {
    let aside = freeName(path, now: now)
    guard rename(path, aside) == 0 || errno == ENOENT else {
      throw .unusableDirectory("\(path) is damaged and cannot be moved aside (errno \(errno))")
    }
    // A log of the old database beside a new one would be taken for its own.
    for companion in ["-wal", "-shm"] where rename(path + companion, aside + companion) != 0 && errno != ENOENT {
      throw .unusableDirectory("\(path + companion) cannot be moved aside (errno \(errno))")
    }
    syncDirectory(of: path)
    return aside
  }

  private static func sync(_ path: String) -> Bool {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
  }

  private static func syncDirectory(of path: String) {
    let descriptor = open(StateDirectory.parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// `journal.db.corrupt-20261123T104207Z`; with a number where that is taken.
  private static func freeName(_ path: String, now: Timestamp) -> String {
    let stamp = now.iso8601.filter { $0 != ":" && $0 != "-" }.prefix(15)
    let name = "\(path).corrupt-\(stamp)Z"
    if access(name, F_OK) != 0 { return name }
    for copy in 2... where access("\(name).\(copy)", F_OK) != 0 { return "\(name).\(copy)" }
    return name
  }
}
