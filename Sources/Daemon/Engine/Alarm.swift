@preconcurrency import Dispatch
import Synchronization

/// One deadline on the monotonic clock, moved as often as wanted; there is no wake-up without one.
final class Alarm: Sendable {
  private let source: any DispatchSourceTimer
  private let deadline = Mutex<ContinuousClock.Instant?>(nil)

  /// `action` runs on a queue of the system's, once per deadline.
  init(_ action: @escaping @Sendable () -> Void) {
    source = DispatchSource.makeTimerSource()
    source.setEventHandler(handler: action)
    source.activate()
  }

  deinit { source.cancel() }

  /// Sets the deadline, or none.
  func set(_ next: ContinuousClock.Instant?, now: ContinuousClock.Instant) {
    let isNew = deadline.withLock { deadline in
      defer { deadline = next }
      return deadline != next
    }
    guard isNew else { return }
    guard let next else { return source.schedule(deadline: .distantFuture) }
    let wait = max(.zero, now.duration(to: next))
    source.schedule(deadline: .now() + .nanoseconds(Int(wait.wholeNanoseconds)), leeway: .milliseconds(5))
  }

  /// The deadline has been served.
  func clear() { deadline.withLock { $0 = nil } }
}

extension Duration {
  /// Nanoseconds, at most those of 30 years.
  var wholeNanoseconds: Int64 {
    min(components.seconds, 1_000_000_000) * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
