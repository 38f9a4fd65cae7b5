import Synchronization
import SystemSupport

/// A kernel queue and what was read from it: filled by the supervisor, emptied whole by the folder's
/// thread. Bounded: what does not
/// fit is dropped and counts as an overflow of the kernel's queue, which a rescan makes good.
final class EventSource: Sendable {
  let instance: InotifyInstance
  private let pending = Mutex(Pending())
  private let discards = Atomic(false)

  /// Wakes the folder's thread; nil where nobody waits for it.
  private let wake: WakeUp?

  init(wake: WakeUp? = nil) throws(SystemCallError) {
    self.wake = wake
    instance = try InotifyInstance()
  }

  private struct Pending {
    var bytes: [UInt8] = []
    var last = MonotonicInstant(nanoseconds: 0)
    var overflowed = false
  }

  /// Takes everything out of the kernel's queue and wakes the folder's thread; whether anything came. `scratch` is the supervisor's own.
  func drain(scratch: inout [UInt8], at now: MonotonicInstant) -> Bool {
    var any = false
    defer { if any { wake?.signal() } }
    repeat {
      scratch.removeAll(keepingCapacity: true)
      guard instance.read(into: &scratch, limit: 64 << 10) else { return any }
      any = true
      if !discards.load(ordering: .relaxed) { append(scratch, at: now) }
    } while scratch.count > 32 << 10
    return any
  }

  /// For tests: whether what is read is thrown away.
  func discard(_ on: Bool) { discards.store(on, ordering: .relaxed) }

  /// Adds events as the kernel wrote them.
  func append(_ events: [UInt8], at now: MonotonicInstant) {
    pending.withLock { pending in
      pending.last = now
      if pending.bytes.count + events.count > Self.capacity {
        pending.overflowed = true
      } else {
        pending.bytes.append(contentsOf: events)
      }
    }
  }

  /// Exchanges the events for an empty buffer. `last` is when the newest came: to call them all that young only makes
  /// windows longer.
  func take(_ buffer: inout [UInt8]) -> (last: MonotonicInstant, overflowed: Bool) {
    buffer.removeAll(keepingCapacity: true)
    return pending.withLock { pending in
      swap(&pending.bytes, &buffer)
      defer { pending.overflowed = false }
      return (pending.last, pending.overflowed)
    }
  }

  /// Bytes; some 50,000 events.
  private static let capacity = 4 << 20
}
