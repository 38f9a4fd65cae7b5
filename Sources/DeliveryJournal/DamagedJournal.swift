import DeliveryModel
import Glibc

/// A journal that SQLite cannot read. Its content is not needed for safety: a rescan finds the files again, and the
/// records' keys are made of the content, so nothing is recorded twice.
enum DamagedJournal {
  /// Left behind when damage is found while the journal is open: the next start moves it aside.
  static func marker(_ path: String) -> String { path + ".damaged" }

  static func mark(_ path: String) {
    let descriptor = open(marker(path), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    if descriptor >= 0 { close(descriptor) }
  }

  static func isMarked(_ path: String) -> Bool { access(marker(path), F_OK) == 0 }

  /// Renames the file and its companions; returns the new path.
  static func moveAside(_ path: String, now: Timestamp) throws(JournalError) -> String {
    let aside = freeName(path, now: now)
    guard rename(path, aside) == 0 || errno == ENOENT else {
      throw .unusableDirectory("\(path) is damaged and cannot be moved aside (errno \(errno))")
    }
    // A log of the old database beside a new one would be taken for its own.
    for companion in ["-wal", "-shm"] where rename(path + companion, aside + companion) != 0 && errno != ENOENT {
      throw .unusableDirectory("\(path + companion) cannot be moved aside (errno \(errno))")
    }
    unlink(marker(path))
    return aside
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
