import Synchronization
import SystemSupport

/// Wakes whoever does the work in the folders, and knows whether all that was rung for is done.
final class FolderCareBell: Sendable {
  let rings = Mailbox<Void>()
  private let rung = Atomic<Int>(1)
  private let served = Atomic<Int>(0)

  /// There is something to do, or there may be.
  func ring() {
    rung.add(1, ordering: .sequentiallyConsistent)
    rings.post(())
  }

  /// What ``serve(_:)`` is told once everything that was due by then is done.
  var count: Int { rung.load(ordering: .sequentiallyConsistent) }

  func serve(_ count: Int) { served.store(count, ordering: .sequentiallyConsistent) }

  /// Returns when it rings, or after `pause`; nil for no such limit.
  func wait(_ pause: Duration?, endsWhenClockIsSet: Bool = false) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await self.rings.take() }
      if let pause { group.addTask { await Pause.last(until: .now + pause, endsWhenClockIsSet: endsWhenClockIsSet) } }
      await group.next()
      group.cancelAll()
    }
  }

  /// Nothing is due.
  var isIdle: Bool { served.load(ordering: .sequentiallyConsistent) == count }
}
