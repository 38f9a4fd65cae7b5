import Synchronization
import SystemSupport

/// Bounds how many large files are read at once, so that memory and disks are not shared out among too many. A reader that
/// does not come on for a moment counts no more: what hangs in one folder keeps nobody else from being read.
final class ReadingSlots: Sendable {
  /// One reader's.
  final class Slot: Sendable {
    private let lastSign: Atomic<Int64>

    fileprivate init() { lastSign = Atomic(MonotonicInstant.now.nanoseconds) }

    /// Some more has been read.
    func comeOn() { lastSign.store(MonotonicInstant.now.nanoseconds, ordering: .relaxed) }

    fileprivate func comesOn(at now: MonotonicInstant) -> Bool {
      now - MonotonicInstant(nanoseconds: lastSign.load(ordering: .relaxed)) < ReadingSlots.patience
    }
  }

  /// Without a sign for so long a slot is another's.
  static let patience = Duration.seconds(1)

  private let limit: Int
  private let taken = Mutex<[ObjectIdentifier: Slot]>([:])
  private let freed = Semaphore()

  init(limit: Int) {
    self.limit = limit
  }

  /// Waits for a slot and holds it while `work` runs. Blocks: on a thread of the folder's own.
  func holding<Value>(_ work: (Slot) -> Value) -> Value {
    let slot = Slot()
    while !take(slot) { _ = freed.wait(until: .now + Self.patience) }
    defer {
      _ = taken.withLock { $0.removeValue(forKey: ObjectIdentifier(slot)) }
      freed.signal()
    }
    return work(slot)
  }

  private func take(_ slot: Slot) -> Bool {
    taken.withLock { taken in
      let now = MonotonicInstant.now
      guard taken.values.count(where: { $0.comesOn(at: now) }) < limit else { return false }
      slot.comeOn()
      taken[ObjectIdentifier(slot)] = slot
      return true
    }
  }
}
