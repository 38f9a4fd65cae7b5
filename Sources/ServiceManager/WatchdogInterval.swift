import CSystemd

/// How often systemd wants a sign of life.
package struct WatchdogInterval: Sendable, Equatable {
  /// `WatchdogSec=`: without a sign of life for this long, systemd ends and restarts the daemon.
  package let timeout: Duration

  /// When to send one: half of that, as sd_watchdog_enabled(3) recommends.
  package var ping: Duration { timeout / 2 }

  package init(timeout: Duration) {
    self.timeout = timeout
  }

  /// What systemd asks of this process (`WATCHDOG_USEC`, and `WATCHDOG_PID` if set); nil where it asks nothing.
  package static func requested() -> WatchdogInterval? {
    var microseconds: UInt64 = 0
    guard sd_watchdog_enabled(0, &microseconds) > 0, let whole = Int64(exactly: microseconds) else { return nil }
    return WatchdogInterval(timeout: .microseconds(whole))
  }
}
