internal import Glibc

/// Tells when files arrive in one directory: by an inotify instance and a thread of its own, asleep in between.
package final class DirectoryChanges: Sendable {
  private let stop: WakeUp
  private let watch: OwnedDescriptor

  /// Watches for files moved in or closed after writing (`inotify(7)`).
  package init(_ path: String) throws(SystemCallError) {
    stop = try WakeUp()
    watch = OwnedDescriptor(owning: try systemCall("inotify_init1") { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) })
    let mask = UInt32(IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR)
    try systemCall("inotify_add_watch", path: Array(path.utf8)) { inotify_add_watch(watch.number, path, mask) }
  }

  /// Calls `action` once for each batch of changes, until ``end()``. Blocks; meant for a thread of its own.
  package func forEachChange(_ action: () -> Void) {
    while true {
      let ready = DescriptorWait.ready([watch.number, stop.number])
      if ready.contains(stop.number) { return }
      while let bytes = try? watch.read(upTo: 4096), !bytes.isEmpty {}
      action()
    }
  }

  /// Ends ``forEachChange(_:)``.
  package func end() { stop.signal() }
}
