import Synchronization
import SystemSupport

/// Wakes whoever does a kind of work, and knows whether all that was rung for is done.
final class WorkSignal: Sendable {
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

/// One for each folder.
final class FolderSignals: Sendable {
  private let signals = Mutex<[String: WorkSignal]>([:])

  func signal(of folder: String) -> WorkSignal {
    signals.withLock { signals in
      if let signal = signals[folder] { return signal }
      let signal = WorkSignal()
      signals[folder] = signal
      return signal
    }
  }

  /// There may be something to do in a folder; "" for: in any.
  func ring(_ folder: String) {
    if folder.isEmpty {
      for signal in signals.withLock({ Array($0.values) }) { signal.ring() }
    } else {
      signal(of: folder).ring()
    }
  }

  /// Forgets that of a folder that is configured no more.
  func forget(_ folder: String) { _ = signals.withLock { $0.removeValue(forKey: folder) } }

  /// Nothing is due in any folder.
  var isIdle: Bool { signals.withLock { $0.values.allSatisfy(\.isIdle) } }
}
