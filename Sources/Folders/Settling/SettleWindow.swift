import SystemSupport

/// The quiet window of a folder: the configured one, or longer for a while after it proved too short.
///
/// A file that changes soon after it was handed over was not finished, however quiet it was: scanners and office programs
/// write in bursts. Each such file doubles the window, up to four times the configured one.
struct SettleWindow {
  let configured: Duration
  private(set) var current: Duration
  private var until: MonotonicInstant?

  init(_ configured: Duration) {
    self.configured = configured
    current = configured
  }

  /// When the configured window is due again.
  var end: MonotonicInstant? { until }

  /// A file changed that was handed over less than ``memory`` ago; whether the window grew.
  mutating func provedShort(at now: MonotonicInstant) -> Bool {
    guard configured > .zero else { return false }
    until = now + Self.memory
    let longer = min(current * 2, configured * 4)
    defer { current = longer }
    return longer != current
  }

  /// Whether the configured window counts again from now on.
  mutating func expire(at now: MonotonicInstant) -> Bool {
    guard let end = until, end <= now else { return false }
    until = nil
    current = configured
    return true
  }

  /// A change this soon after a hand-over means that the file was not finished; and how long a longer window stays.
  static let memory = Duration.seconds(600)
}
