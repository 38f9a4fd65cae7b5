import Synchronization

/// Wakes whoever does a kind of work, and knows whether all that was rung for is done.
package final class WorkSignal: Sendable {
  package let rings = Mailbox<Void>()
  private let rung = Atomic<Int>(1)
  private let served = Atomic<Int>(0)

  package init() {}

  /// There is something to do, or there may be.
  package func ring() {
    rung.add(1, ordering: .sequentiallyConsistent)
    rings.post(())
  }

  /// What ``serve(_:)`` receives once everything that was due by then is done.
  package var count: Int { rung.load(ordering: .sequentiallyConsistent) }

  package func serve(_ count: Int) { served.store(count, ordering: .sequentiallyConsistent) }

  /// Returns when it rings, or after `pause`; nil for no such limit.
  package func wait(_ pause: Duration?, endsWhenClockIsSet: Bool = false) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await self.rings.take() }
      if let pause { group.addTask { await Pause.last(until: .now + pause, endsWhenClockIsSet: endsWhenClockIsSet) } }
      await group.next()
      group.cancelAll()
    }
  }

  /// Nothing is due.
  package var isIdle: Bool { served.load(ordering: .sequentiallyConsistent) == count }
}
