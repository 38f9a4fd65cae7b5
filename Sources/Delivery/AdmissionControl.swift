import AWSClients
package import DeliveryModel

/// One service's share of the work: whether it is asked, for which folders, and how much at once. A pure value.
struct AdmissionControl: Sendable, Equatable {
  typealias Instant = ContinuousClock.Instant

  let service: ServiceLane
  var breaker: CircuitBreaker
  private(set) var limit: ConcurrencyLimit
  /// How many requests succeeded.
  private(set) var successes = 0
  /// What a folder's requests may be repeated at once, where it is not the whole quota.
  private var quotas: [String: RetryQuota] = [:]

  init(service: ServiceLane, ceiling: Int, now: Instant) {
    self.service = service
    breaker = CircuitBreaker(now: now)
    limit = ConcurrencyLimit(ceiling: ceiling)
  }

  /// Why nothing but probes is sent to the service; nil while it is asked.
  var opening: Circuit.Opening? { breaker.service.opening }

  /// The folders that are closed while the service is not, in order.
  var closedFolders: [(folder: String, opening: Circuit.Opening)] {
    guard opening == nil, !breaker.folders.isEmpty else { return [] }
    return breaker.folders.compactMap { name, circuit in circuit.opening.map { (name, $0) } }.sorted { $0.0 < $1.0 }
  }

  /// For those who report it. Not the lane itself: whoever holds a copy of it has it copied at the next request.
  var condition: ServiceCondition {
    ServiceCondition(
      opening: opening, closedFolders: closedFolders, throttledAt: throttledAt,
      unanswered: breaker.unanswered.filter { $0.value.count > 0 && !isClosed($0.key) }.mapValues(\.since))
  }

  /// Whether only probes of this folder are sent.
  func isClosed(_ folder: String) -> Bool { opening != nil || breaker.folders[folder]?.isOpen == true }

  var throttledAt: Timestamp? { limit.throttledAt }

  /// How many of its requests may be of uploads in parts: a quarter, at least one, is left to small files.
  var multipartLimit: Int { max(1, limit.current - max(1, limit.current / 4)) }

  /// What may be sent of the folder now. One that has little under way is not kept waiting by those that have much: it may
  /// go beyond the limit of all, though not beyond the ceiling.
  func admission(of folder: String, now: Instant) -> CircuitBreaker.Admission {
    let admission = breaker.admission(of: folder, now: now)
    guard admission != .nothing, !isClosed(folder) else { return admission }
    let own = breaker.inFlightByFolder[folder, default: 0]
    let isOnly = breaker.folderCount < 2
    // What gets no answer grows no further, and takes no place from other folders.
    if !isOnly, own >= Self.guaranteed, breaker.isSilent(folder, now: now) { return .nothing }
    let all = isOnly ? breaker.inFlight : breaker.inFlight - breaker.silentInFlight(now: now)
    let isBelow = all < limit.current || (own < Self.guaranteed && all < limit.ceiling)
    return isBelow && own < limit.limit(of: folder, isOnlyFolder: isOnly) ? admission : .nothing
  }

  /// So many requests of a folder do not wait for those of others.
  static let guaranteed = 4

  /// `size`: bytes of its body.
  mutating func started(_ number: Int64, of place: PathKey, size: Int64 = 0, now: Instant) {
    breaker.started(number, of: place, isSmall: size <= Self.answeredSoon, now: now)
  }

  /// Bodies up to this size are answered within a minute over any line, many at once.
  private static let answeredSoon: Int64 = 128 << 10

  /// A request ended without telling anything about the service: cancelled, or a fault of the file; or what it tells is
  /// judged once the attempt is given up.
  mutating func ended(_ number: Int64, now: Instant? = nil, isAnswer: Bool = true) {
    breaker.ended(number, now: now, isAnswer: isAnswer)
  }

  /// A request passed; `retry` tells how often it was sent, `size` how large its body was.
  mutating func succeeded(
    _ number: Int64, of place: PathKey, size: Int64 = 0, _ retry: StandardRetry? = nil, at wall: Timestamp, now: Instant
  ) -> [CircuitBreaker.Change] {
    let folder = place.folder
    if var quota = quotas[folder] {
      retry?.succeeded(&quota)
      quotas[folder] = quota.tokens < RetryQuota.capacity ? quota : nil
    }
    successes += 1
    let isFull = breaker.inFlight >= limit.current
    guard let request = breaker.ended(number, now: now) else { return [] }
    let took = size <= ConcurrencyLimit.smallBody ? now - request.since : nil
    limit.succeeded(folder: folder, took: took, isFull: isFull, at: wall)
    return breaker.succeeded(number, folder: folder, sent: request.begun, now: now)
  }

  /// The service asked for fewer requests.
  mutating func throttled(_ folder: String, at wall: Timestamp) {
    limit.throttled(folder: folder, underWay: breaker.inFlightByFolder[folder, default: 0] + 1, at: wall)
  }

  /// How long a failed request of the folder rests before it is sent again within the attempt; nil for not at all.
  mutating func delay(_ retry: inout StandardRetry, after failure: ServiceFailure, _ folder: String, random: Double)
    -> Duration?
  {
    var quota = quotas[folder] ?? RetryQuota()
    defer { quotas[folder] = quota.tokens < RetryQuota.capacity ? quota : nil }
    return retry.delay(after: failure, StandardRetry.Rules.of(service), &quota, random: random)
  }

  /// Another ceiling is in force at once.
  mutating func resize(to ceiling: Int) { limit.resize(to: ceiling) }
}

/// How a service does, for status, log and alerts.
package struct ServiceCondition: Sendable {
  /// Why nothing but probes is sent to it; nil while it is asked.
  package var opening: Circuit.Opening?
  /// The folders that are closed while it is not.
  package var closedFolders: [(folder: String, opening: Circuit.Opening)] = []
  package var throttledAt: Timestamp?
  /// Since when nothing was answered of each folder that has small requests under way and is not closed.
  package var unanswered: [String: ContinuousClock.Instant] = [:]

  /// Without an answer for so long a folder is reported.
  package static let silence = Duration.seconds(60)
}

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
