import DeliveryModel

/// What time it is when errands are done, and who says so: a file that is deleted too early comes back by nobody's hand, and
/// the clock of a machine may be wrong by years.
struct ErrandMoments: Sendable {
  /// By our own clock, by which errands are due.
  let now: Timestamp
  /// By the services'; nil while none has told it since the start.
  var confirmed: Timestamp?

  /// Clocks may differ by this much.
  private static let leeway = Duration.seconds(600)
  /// So long a daemon is off, and not longer, if nobody but the machine itself says so.
  private static let longestSleep = Duration.seconds(31 * 86_400)

  /// Whether something that is due by our own clock, `pause` after a file was uploaded by the services', is certainly due.
  func isCertain(_ pause: Duration, after uploaded: Timestamp) -> Bool {
    guard let confirmed else { return now - uploaded < pause + Self.longestSleep }
    return confirmed - uploaded + Self.leeway >= pause
  }
}
