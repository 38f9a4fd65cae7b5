internal import Glibc

/// Tells when files arrive in one directory: by an inotify instance and a thread of its own, asleep in between. Where the
/// user has no instance or watch left, the directory counts as changed every few seconds until there is one.
package final class DirectoryChanges: Sendable {
  private let path: String
  private let stop: WakeUp

  /// - Throws: `EMFILE` or `ENFILE`.
  package init(_ path: String) throws(SystemCallError) {
    self.path = path
    stop = try WakeUp()
  }

  /// Calls `action` once for each batch of changes, until ``end()``. Blocks; meant for a thread of its own.
  package func forEachChange(_ action: () -> Void) {
    while true {
      if let watch = try? Self.watch(path) {
        action()  // for what came before the watch
        while !DescriptorWait.ready([watch.number, stop.number]).contains(stop.number) {
          while let bytes = try? watch.read(upTo: 4096), !bytes.isEmpty {}
          action()
        }
        return
      }
      if !DescriptorWait.ready([stop.number], until: .now + Self.pause).isEmpty { return }
      action()
    }
  }

  /// Ends ``forEachChange(_:)``.
  package func end() { stop.signal() }

  /// Watches for files moved in or closed after writing (`inotify(7)`).
  private static func watch(_ path: String) throws(SystemCallError) -> OwnedDescriptor {
    let watch = OwnedDescriptor(
      owning: try systemCall("inotify_init1") { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) })
    let mask = UInt32(IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR)
    try systemCall("inotify_add_watch", path: Array(path.utf8)) { inotify_add_watch(watch.number, path, mask) }
    return watch
  }

  private static let pause = Duration.seconds(2)
}
