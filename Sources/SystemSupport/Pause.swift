/// Sleeping, for a task of the daemon: on the timer of its ``TaskPool``. Elsewhere, as in tests, it is `Task.sleep`, which
/// goes through libdispatch and starts what the pool is there to avoid.
///
/// Returns early when the task is cancelled: who sleeps in a loop asks `Task.isCancelled`.
package enum Pause {
  package static func last(_ duration: Duration) async { await last(until: .now + duration) }

  /// `endsWhenClockIsSet`: for the one who waits for a moment of the wall clock (with a pool only).
  package static func last(until moment: ContinuousClock.Instant, endsWhenClockIsSet: Bool = false) async {
    if let pool = TaskPool.current {
      await pool.timers.sleep(until: moment, endsWhenClockIsSet: endsWhenClockIsSet)
    } else {
      try? await Task.sleep(until: moment, clock: .continuous)
    }
  }
}

extension TaskPool {
  /// The pool that the present task runs on.
  package static var current: TaskPool? {
    withUnsafeCurrentTask { $0?.unownedTaskExecutor?.asTaskExecutor() as? TaskPool }
  }
}
