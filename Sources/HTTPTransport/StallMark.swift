/// Decides from the count of its bytes that reached the other side whether a body has stalled: it has when fewer did in
/// the timeout than one a second.
struct StallMark {
  /// Nanoseconds.
  private let timeout: UInt64
  private let minimum: Int64
  private var since: UInt64
  private var moved: Int64 = 0

  init(timeout: Duration, now: UInt64) {
    self.timeout = timeout.nanoseconds
    minimum = max(1, Int64(timeout.nanoseconds / 1_000_000_000))
    since = now
  }

  /// Whether the exchange, which has moved `total` bytes by `now`, has stalled.
  mutating func isStalled(total: Int64, now: UInt64) -> Bool {
    // A retry on a fresh connection begins again from 0.
    if total >= moved + minimum || total < moved {
      moved = total
      since = now
    }
    return now > since && now - since >= timeout
  }

  /// Starts over: the exchange waited on our side.
  mutating func restart(now: UInt64) {
    since = now
  }
}
