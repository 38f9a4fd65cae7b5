import Glibc

/// Tells the service manager how the daemon is doing. Any thread may call it.
package protocol ServiceNotifier: Sendable {
  /// Delivers one message; says nothing where nobody listens, because the daemon runs all the same.
  func send(_ message: NotifyMessage)
}

extension ServiceNotifier {
  /// The service is up (configuration valid, journal open, watches standing), or has finished reloading.
  package func ready(status: String) { send(.ready(status: status)) }

  /// The start is over, and the status stays as it is.
  package func ready() { send(.ready) }

  /// One line for `systemctl status`; see ``StatusThrottle`` for how often.
  package func status(_ text: String) { send(.status(text)) }

  /// Sign of life, due every ``WatchdogInterval/ping``.
  package func watchdog() { send(.watchdog) }

  /// The service has begun to shut down.
  package func stopping(status: String) { send(.stopping(status: status)) }

  /// The configuration is being read again; ``ready(status:)`` has to follow, whatever comes of it.
  package func reloading() { send(.reloading(monotonicMicroseconds: monotonicMicroseconds())) }

  /// Start, stop or watchdog may take this much longer, counted from now.
  package func extendTimeout(by duration: Duration) { send(.extendTimeout(by: duration)) }
}

/// CLOCK_MONOTONIC, the clock that systemd compares with.
private func monotonicMicroseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
}
