internal import Glibc
internal import Synchronization

/// Tells when files arrive in one directory: by an inotify instance and a thread of its own, asleep in between. Where the
/// user has no instance or watch left, or the directory is not there, it counts as changed every few seconds until it can
/// be watched. One that is made anew at the same path is watched from then on.
package final class DirectoryChanges: Sendable {
  /// For the watchdog: ``forEachChange(_:)`` comes round.
  package let beacon: ProgressBeacon
  private let path: String
  private let wake: WakeUp
  private let isEnded = Atomic(false)

  /// `name` is what a message calls the loop.
  ///
  /// - Throws: `EMFILE` or `ENFILE`.
  package init(_ path: String, named name: String) throws(SystemCallError) {
    self.path = path
    wake = try WakeUp()
    beacon = ProgressBeacon(name: name, wake: wake)
  }

  /// Calls `action` once for each batch of changes, until ``end()``. Blocks; meant for a thread of its own.
  package func forEachChange(_ action: () -> Void) {
    while !isEnded.load(ordering: .acquiring) {
      if let watch = try? Self.watch(path) {
        action()  // for what came before the watch
        waitForChanges(watch, action)
      } else {
        wait([], until: .now + Self.pause)
        action()
      }
    }
  }

  /// Ends ``forEachChange(_:)``.
  package func end() {
    isEnded.store(true, ordering: .releasing)
    wake.signal()
  }

  /// Until the end, or until the directory is no longer the one at its path.
  private func waitForChanges(_ watch: borrowing OwnedDescriptor, _ action: () -> Void) {
    while !isEnded.load(ordering: .acquiring) {
      guard wait([watch.number]) else { continue }
      var isLost = false
      while let bytes = try? watch.read(upTo: 4096), !bytes.isEmpty { isLost = Self.tellsOfLoss(bytes) || isLost }
      if isLost { return }
      action()
    }
  }

  /// Whether there is news, and not only a wake-up.
  @discardableResult
  private func wait(_ descriptors: [Int32], until deadline: MonotonicInstant? = nil) -> Bool {
    beacon.turned()
    let ready = DescriptorWait.ready(descriptors + [wake.number], until: deadline)
    wake.clear()
    return ready.contains { descriptors.contains($0) }
  }

  /// Watches for files moved in or closed after writing, and for the directory's own end (`inotify(7)`).
  private static func watch(_ path: String) throws(SystemCallError) -> OwnedDescriptor {
    let watch = OwnedDescriptor(
      owning: try systemCall("inotify_init1") { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) })
    let mask = UInt32(IN_MOVED_TO | IN_CLOSE_WRITE | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR)
    try systemCall("inotify_add_watch", path: Array(path.utf8)) { inotify_add_watch(watch.number, path, mask) }
    return watch
  }

  private static func tellsOfLoss(_ events: [UInt8]) -> Bool {
    let loss = UInt32(IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT)
    let size = MemoryLayout<inotify_event>.size
    return events.withUnsafeBytes { events in
      var offset = 0
      while offset + size <= events.count {
        let event = events.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
        if event.mask & loss != 0 { return true }
        offset += size + Int(event.len)
      }
      return false
    }
  }

  private static let pause = Duration.seconds(2)
}
