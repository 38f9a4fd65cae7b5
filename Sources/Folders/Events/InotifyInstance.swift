import Glibc
import SystemSupport

/// One kernel event queue (`inotify(7)`). Watches are added by the folder's thread, events read by the supervisor.
final class InotifyInstance: Sendable {
  private let descriptor: OwnedDescriptor

  /// - Throws: `EMFILE` where the user has no more instances.
  init() throws(SystemCallError) {
    let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    if number < 0 { throw SystemCallError(call: "inotify_init1", code: errno) }
    descriptor = OwnedDescriptor(owning: number)
  }

  var number: Int32 { descriptor.number }

  /// Watches an open directory, by its descriptor, so that no name is resolved a second time. The same directory gets the
  /// same number again.
  ///
  /// - Throws: `ENOSPC` where the user has no more watches.
  func watch(_ directory: borrowing DirectoryReader) throws(SystemCallError) -> Int32 {
    let watch = inotify_add_watch(number, "/proc/self/fd/\(directory.number)", InotifyEvent.wanted)
    if watch < 0 { throw SystemCallError(call: "inotify_add_watch", code: errno) }
    return watch
  }

  /// Watches whether a directory above the folder is moved or removed; nothing is heard of what is in it. Nil where it may
  /// not be watched.
  func watchMoves(of directory: [UInt8]) -> Int32? {
    let path = String(decoding: directory, as: UTF8.self)
    let mask = UInt32(IN_MOVE_SELF) | UInt32(IN_DELETE_SELF) | UInt32(IN_DONT_FOLLOW)
    let watch = inotify_add_watch(number, path, mask)
    return watch < 0 ? nil : watch
  }

  /// Ends a watch; an `IN_IGNORED` follows. Whether there was one.
  @discardableResult
  func unwatch(_ watch: Int32) -> Bool { inotify_rm_watch(number, watch) == 0 }

  /// Appends what the queue holds now to `buffer`, at most `limit` bytes; whether anything came.
  func read(into buffer: inout [UInt8], limit: Int) -> Bool {
    guard let bytes = try? descriptor.read(upTo: limit), !bytes.isEmpty else { return false }
    buffer.append(contentsOf: bytes)
    return true
  }
}
