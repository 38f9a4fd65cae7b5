import Glibc

/// A moment of `CLOCK_MONOTONIC`: never set, never steps back, stands still while the machine sleeps.
package struct MonotonicInstant: Hashable, Comparable, Sendable {
  /// Since an unspecified start.
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// The present.
  package static var now: MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

  package static func + (moment: Self, duration: Duration) -> Self {
    MonotonicInstant(nanoseconds: moment.nanoseconds &+ duration.wholeNanoseconds)
  }

  package static func - (left: Self, right: Self) -> Duration {
    .nanoseconds(left.nanoseconds - right.nanoseconds)
  }
}

extension Duration {
  /// Nanoseconds, the rest cut off; the greatest number for more than 292 years.
  package var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    guard abs(seconds) < 9_000_000_000 else { return seconds < 0 ? .min : .max }
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}

/// Processor time that the calling thread has taken so far (`CLOCK_THREAD_CPUTIME_ID`).
package enum ThreadTime {
  package static var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}
