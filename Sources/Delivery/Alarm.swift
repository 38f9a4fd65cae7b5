@preconcurrency import Dispatch
import Synchronization
import SystemSupport

/// One deadline on the monotonic clock, moved as often as wanted; there is no wake-up without one.
///
/// A deadline that moves on leaves the timer as it is: when that rings too early it is set anew. So a deadline that moves
/// with every turn of a busy loop costs no system call.
package final class Alarm: Sendable {
  private struct State {
    var deadline: ContinuousClock.Instant?
    /// When the timer rings; nil while it is not set.
    var armed: ContinuousClock.Instant?
  }

  private let source: any DispatchSourceTimer
  private let state = Mutex(State())

  /// `action` runs on a queue of its own, once per deadline.
  package init(_ action: @escaping @Sendable () -> Void) {
    source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "s3loggerd.alarm"))
    source.setEventHandler { [weak self] in
      if self?.ring(.now) == true { action() }
    }
    source.activate()
  }

  deinit { source.cancel() }

  /// Sets the deadline, or none.
  func set(_ next: ContinuousClock.Instant?, now: ContinuousClock.Instant) {
    state.withLock { state in
      state.deadline = next
      guard let next, state.armed.map({ next < $0 }) ?? true else { return }
      arm(&state, for: next, now: now)
    }
  }

  /// The deadline has been served.
  func clear() { state.withLock { $0.deadline = nil } }

  /// The timer rang. Returns whether the deadline has come; one that moved on is waited for again.
  private func ring(_ now: ContinuousClock.Instant) -> Bool {
    state.withLock { state in
      state.armed = nil
      guard let deadline = state.deadline else { return false }
      if deadline <= now { return true }
      arm(&state, for: deadline, now: now)
      return false
    }
  }

  private func arm(_ state: inout State, for moment: ContinuousClock.Instant, now: ContinuousClock.Instant) {
    state.armed = moment
    let wait = max(.zero, now.duration(to: moment))
    source.schedule(deadline: .now() + .nanoseconds(Int(wait.wholeNanoseconds)), leeway: .milliseconds(5))
  }
}
