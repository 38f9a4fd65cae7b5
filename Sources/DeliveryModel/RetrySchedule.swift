/// When to try again: full jitter, `random(0, min(cap, base · 2ⁿ))`, without end.
///
///     attempt   1    2    3    4   …   10        11 and later
///     at most   1 s  2 s  4 s  8 s …   512 s     900 s            (base 1 s, cap 15 min)
package struct RetrySchedule: Sendable, Equatable {
  package let base: Duration
  package let cap: Duration

  package init(base: Duration = .seconds(1), cap: Duration = .seconds(900)) {
    self.base = base
    self.cap = cap
  }

  /// Before a file is sent again from its first byte, which costs the line and may leave a second version: 2 min, then
  /// twice as long each time, up to `cap`, which may be shorter.
  package static func restart(cap: Duration) -> RetrySchedule {
    RetrySchedule(base: min(.seconds(120), cap), cap: cap)
  }

  /// The longest delay after `failures` failed attempts (1 or more).
  package func ceiling(afterFailures failures: Int) -> Duration {
    let doublings = min(max(failures - 1, 0), 40)
    let limit = Double(cap.wholeMilliseconds)
    let grown = Double(base.wholeMilliseconds) * Double(UInt64(1) << UInt64(doublings))
    return .milliseconds(Int64(min(grown, limit)))
  }

  /// The delay after `failures` failed attempts. `random` is in 0 ..< 1; a service's own wish is never undercut.
  package func delay(afterFailures failures: Int, random: Double, retryAfter: Duration? = nil) -> Duration {
    let ceiling = ceiling(afterFailures: failures)
    let jittered = Duration.milliseconds(Int64(Double(ceiling.wholeMilliseconds) * random))
    guard let retryAfter else { return jittered }
    return max(jittered, min(retryAfter, cap))
  }
}
