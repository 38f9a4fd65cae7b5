/// Decides when a status line is worth sending: the same text never twice in a row, at most one an interval, and the
/// last one always.
///
/// The caller waits until ``deadline`` (nil: nothing is held back) and then asks ``due(at:)``.
package struct StatusThrottle: Sendable {
  package typealias Instant = ContinuousClock.Instant

  private let interval: Duration
  private var sent: (text: String, at: Instant)?
  private var held: String?

  package init(interval: Duration = .seconds(1)) {
    self.interval = interval
  }

  /// When the text that is held back may go; nil if none is.
  package var deadline: Instant? {
    guard held != nil, let sent else { return nil }
    return sent.at.advanced(by: interval)
  }

  /// Takes the newest text. Returns it if it is to be sent now; a text that is held back replaces an older one.
  package mutating func offer(_ text: String, at now: Instant) -> String? {
    held = text == sent?.text ? nil : text
    return due(at: now)
  }

  /// The text whose moment has come, to be sent now; nil if there is none.
  package mutating func due(at now: Instant) -> String? {
    guard let text = held else { return nil }
    if let deadline, now < deadline { return nil }
    held = nil
    sent = (text, now)
    return text
  }
}
