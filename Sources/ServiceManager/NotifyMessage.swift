/// One message to the service manager: assignments, one a line, as sd_notify(3) defines them.
package struct NotifyMessage: Sendable, Equatable {
  /// What is sent.
  package let text: String

  private init(_ assignments: String...) {
    text = assignments.joined(separator: "\n")
  }

  /// Longest status text, in bytes of UTF-8.
  package static let longestStatus = 512

  /// The service is up, or has finished reloading.
  package static func ready(status: String) -> Self { Self("READY=1", assignment(status: status)) }

  /// The start is over, and the status stays as it is.
  package static let ready = Self("READY=1")

  /// One line for `systemctl status`.
  package static func status(_ text: String) -> Self { Self(assignment(status: text)) }

  /// Sign of life. To be sent only by someone who knows that every loop makes progress.
  package static let watchdog = Self("WATCHDOG=1")

  /// The service has begun to shut down.
  package static func stopping(status: String) -> Self { Self("STOPPING=1", assignment(status: status)) }

  /// The configuration is being read again; ``ready(status:)`` has to follow. systemd 253 and later insist on the
  /// moment: CLOCK_MONOTONIC in microseconds.
  package static func reloading(monotonicMicroseconds: Int64) -> Self {
    Self("RELOADING=1", "MONOTONIC_USEC=\(monotonicMicroseconds)")
  }

  /// Start, stop or watchdog may take this much longer, counted from now.
  package static func extendTimeout(by duration: Duration) -> Self {
    Self("EXTEND_TIMEOUT_USEC=\(max(0, duration.wholeMicroseconds))")
  }

  /// A file's name may be part of the text, so it is made unable to begin a line of its own.
  private static func assignment(status: String) -> String {
    "STATUS=" + DisplayText.cut(DisplayText.neutralized(status), to: longestStatus)
  }
}

extension Duration {
  /// Microseconds, the rest cut off.
  var wholeMicroseconds: Int64 {
    components.seconds &* 1_000_000 &+ components.attoseconds / 1_000_000_000_000
  }
}
