/// Bounds the bytes sent by all exchanges together: over any time t, at most rate × t + burst, where the burst is a
/// twentieth of a second plus one small request.
struct TokenBucket {
  /// Bytes a second; nil for no bound.
  private(set) var rate: Int64?
  /// Negative after a request that is sent in one piece exceeded what was left.
  private var tokens: Int64 = 0
  private var updated: UInt64 = 0

  init(rate: Int64?, now: UInt64) {
    change(rate: rate, now: now)
  }

  mutating func change(rate: Int64?, now: UInt64) {
    self.rate = rate.map { max(1, $0) }
    tokens = min(tokens, capacity)
    updated = now
  }

  /// The most that can be saved up.
  private var capacity: Int64 { max((rate ?? 0) / 20, 1024) }

  /// The most that one call gets.
  private var share: Int64 { max(capacity / 8, 1024) }

  /// How many may be given their share now, at least one.
  var shares: Int { rate == nil ? .max : max(1, Int(tokens / share)) }

  var half: Int64 { capacity / 2 }

  /// Whether anything may be sent now.
  var isOpen: Bool { rate == nil || tokens > 0 }

  /// Credits the time since the last call. `now` in nanoseconds.
  mutating func refill(now: UInt64) {
    guard let rate, now > updated else { return }
    let earned = (Double(now - updated) * Double(rate) / 1e9).rounded(.down)
    tokens = Int64(min(Double(capacity), Double(tokens) + earned))
    // A fraction of a byte stays in the time not yet credited.
    updated = min(now, updated + UInt64(earned / Double(rate) * 1e9))
  }

  /// Takes up to `wanted` bytes. One call gets an eighth of the capacity at most, so that one stream does not starve the
  /// others.
  mutating func grant(upTo wanted: Int) -> Int {
    guard rate != nil else { return wanted }
    let granted = max(0, min(Int64(wanted), tokens, share))
    tokens -= granted
    return Int(granted)
  }

  /// Takes back what was granted and not used.
  mutating func giveBack(_ count: Int) {
    if rate != nil { tokens = min(capacity, tokens + Int64(count)) }
  }

  /// Takes `count` bytes that are sent in one piece, going into debt if need be.
  mutating func charge(_ count: Int) {
    if rate != nil { tokens -= Int64(count) }
  }

  /// Nanoseconds until half of the capacity is there, so that waiting costs few wake-ups; 0 without a bound.
  var delay: UInt64 {
    guard let rate else { return 0 }
    let missing = half - tokens
    return missing <= 0 ? 0 : UInt64(Double(missing) / Double(rate) * 1e9) + 1
  }
}
