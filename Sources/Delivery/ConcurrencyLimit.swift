import DeliveryModel

/// How many requests of a service may be under way at once. A pure value.
///
/// It begins at ``start`` and grows while requests wait for it and the answers to small requests take no longer than they
/// did: then the line is long, not the service slow. Where they take much longer it shrinks again. A service that throttles
/// a folder's requests has that folder halved, for it is a key prefix or a table's share that was exhausted, and every
/// success gives a little back (additive increase, multiplicative decrease).
struct ConcurrencyLimit: Sendable, Equatable {
  /// The most that there may ever be.
  private(set) var ceiling: Int
  private var limit: Double
  /// The shortest time of late that a small request took, in seconds.
  private var baseline: Double?
  /// Folders that are throttled: what each may have under way.
  private var throttled: [String: Double] = [:]
  private(set) var throttledAt: Timestamp?

  static let start = 16
  /// More than one process makes; so many under way in the time of one answer are enough.
  private static let requestsPerSecond = 4000.0
  /// Bodies up to this size tell of the line and the service, not of the bandwidth.
  static let smallBody: Int64 = 16 << 10

  init(ceiling: Int) {
    self.ceiling = ceiling
    limit = Double(min(Self.start, ceiling))
  }

  /// For all folders together.
  var current: Int { Int(limit) }

  /// A part of the ceiling that no single folder gets, so that what hangs in one leaves room for the others.
  func limit(of folder: String, isOnlyFolder: Bool) -> Int {
    let share = isOnlyFolder ? ceiling : ceiling - min(16, ceiling / 4)
    return throttled[folder].map { min(share, max(1, Int($0))) } ?? share
  }

  /// A request succeeded. `took` is nil where its body was too large to tell; `isFull`: as many as may be are under way.
  mutating func succeeded(folder: String, took: Duration?, isFull: Bool, at wall: Timestamp) {
    giveBack(folder, at: wall)
    guard let took else { return }
    let seconds = took.seconds
    // A line that has become longer for good is believed after a few hundred answers.
    let shortest = min(seconds, (baseline ?? seconds) * 1.005)
    baseline = shortest
    if seconds <= shortest * 2 + 0.002 {
      // Little's law: over a short line fewer are under way than requests are made in the time of one.
      if isFull, limit < min(Double(ceiling), shortest * Self.requestsPerSecond) {
        limit = min(Double(ceiling), limit + 1)
      }
    } else if seconds > shortest * 4 + 0.02, limit > Double(Self.start) {
      limit = max(Double(Self.start), limit - 1)
    }
  }

  private mutating func giveBack(_ folder: String, at wall: Timestamp) {
    guard let began = throttledAt else { return }
    if let own = throttled[folder] {
      let more = own + 1 / own
      throttled[folder] = Int(more) >= min(ceiling, Self.start) ? nil : more
    }
    // A folder of which nothing more is sent would be called throttled for ever.
    if wall - began > Self.memory { throttled.removeAll() }
    if throttled.isEmpty { throttledAt = nil }
  }

  /// So long after the last word of throttling it is over.
  private static let memory = Duration.seconds(60)

  /// The service asked for fewer requests, of which the folder had `underWay`.
  mutating func throttled(folder: String, underWay: Int, at wall: Timestamp) {
    throttled[folder] = max(1, min(throttled[folder] ?? .infinity, Double(max(underWay, 1)), limit) / 2)
    limit = max(Double(min(Self.start, ceiling)), limit / 2)
    throttledAt = wall
  }

  mutating func resize(to ceiling: Int) {
    self.ceiling = ceiling
    limit = min(limit, Double(ceiling))
    if limit < Double(min(Self.start, ceiling)) { limit = Double(min(Self.start, ceiling)) }
  }
}

extension Duration {
  /// With fractions.
  fileprivate var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
