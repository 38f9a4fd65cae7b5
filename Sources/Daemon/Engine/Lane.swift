import AWSClients
import DeliveryModel

/// One service's share of the work: how many requests may be under way, and whether any may be at all.
///
/// A pure value. Throttling halves the limit and every success gives a little back (additive increase, multiplicative
/// decrease). A fault of the account, or an outage, pauses the lane: one probe at a time finds out whether it is over,
/// and the queue keeps every file meanwhile. A refusal that may be of one key alone pauses it once two deliveries are
/// refused, or one is again, and none passes in between.
///
/// What failed may be wrong with those deliveries alone. So behind a pause that is not certainly the account's, deliveries
/// that never failed are tried at once, one at a time, in every folder of which fewer than ``evidence`` have failed since
/// the last success. One that passes ends the pause, and those that failed before it stand alone: their failures prove
/// nothing as long as others pass.
struct Lane: Sendable, Equatable {
  /// Why a lane is paused.
  enum Pause: Sendable, Equatable {
    /// A fault of the account or the configuration: somebody has to mend it.
    case blocked
    /// The service does not answer, or answers that it cannot: it will come back by itself.
    case outage
  }

  enum State: Sendable, Equatable {
    case open
    case paused(Pause, ServiceFailure, since: Timestamp)
  }

  private struct Suspect: Sendable, Equatable {
    var count = 0
    var folder: String
  }

  let service: ServiceLane
  /// The limit when all is well.
  private(set) var ceiling: Int
  private(set) var state = State.open
  private(set) var inFlight = 0
  /// When the next probe may go; meaningful while paused.
  private(set) var probeAt: Instant
  /// The current limit, whole part; fractions carry the additive increase.
  private var limit: Double
  /// Deliveries that were refused since the last success, how often, and their folder.
  private var suspects: [Int64: Suspect] = [:]
  /// Folders of which all was refused while another's passed: their refusals say nothing about the service until one passes.
  private var refusedFolders: Set<String> = []
  /// Deliveries that failed since the last success, by folder, as many as are evidence: one alone proves nothing.
  private var failing: [String: Set<Int64>] = [:]
  /// Deliveries that failed before others passed, and how many requests had succeeded when they last did.
  private var standingAlone: [Int64: Int] = [:]
  /// Whether the fault is certainly the account's or the configuration's, whichever delivery met it.
  private var isCertain = false
  /// Whether no delivery that never failed waits in a folder that may be tried.
  private var hasNoneToTry = false
  /// Whose request was started in the pause and is not answered.
  private var probing: Int64?
  /// Deliveries that were refused before others passed: their refusals say nothing about the service until they succeed.
  private var refusedAlone: Set<Int64> = []
  /// Whose request was the last probe: while there are others, none is the probe twice in a row.
  private(set) var lastProbe: Int64?
  private(set) var lastProbeFolder: String?
  /// How many requests succeeded.
  private(set) var successes = 0
  private var consecutiveFailures = 0
  private var failedProbes = 0
  private(set) var throttledAt: Timestamp?
  /// What its requests may be repeated at once.
  var quota = RetryQuota()

  typealias Instant = ContinuousClock.Instant

  /// So many different deliveries of a folder that failed, with no success in between, are evidence about it.
  static let evidence = 3
  /// Failures in a row, with no success between them, that count as an outage.
  static let outageThreshold = 5
  /// Between two probes of a blocked lane.
  static let blockedInterval = Duration.seconds(60)
  /// Between two probes in an outage: from 1 s up to this.
  static let outageSchedule = RetrySchedule(base: .seconds(1), cap: .seconds(60))

  init(service: ServiceLane, ceiling: Int, now: Instant) {
    self.service = service
    self.ceiling = ceiling
    limit = Double(ceiling)
    probeAt = now
  }

  var isPaused: Bool { state != .open }

  /// How many of its requests may be of uploads in parts: a quarter, at least one, is left to small files.
  var multipartLimit: Int { max(1, Int(limit) - max(1, Int(limit) / 4)) }

  /// How many more requests may start now; at most one while paused, and only when the probe is due.
  func room(now: Instant) -> Int {
    switch state {
    case .open: max(0, Int(limit) - inFlight)
    case .paused: probing == nil && now >= probeAt ? 1 : 0
    }
  }

  /// Whether a delivery that never failed may be tried before the next probe is due.
  func wantsTrial(now: Instant) -> Bool {
    isPaused && !isCertain && probing == nil && now < probeAt && !hasNoneToTry
  }

  /// Whether the delivery is one that may be tried then.
  func mayTry(_ number: Int64, folder: String) -> Bool {
    guard let failed = failing[folder] else { return standingAlone[number] == nil }
    return failed.count < Self.evidence && !failed.contains(number) && standingAlone[number] == nil
  }

  /// The folders of which enough have failed.
  var provenFolders: Set<String> { Set(failing.lazy.filter { $0.value.count >= Self.evidence }.map(\.key)) }

  /// No delivery that ``mayTry(_:folder:)`` waits anywhere.
  mutating func nothingToTry() { hasNoneToTry = true }

  mutating func started(_ number: Int64, folder: String = "") {
    inFlight += 1
    guard isPaused else { return }
    probing = number
    lastProbe = number
    lastProbeFolder = folder
  }

  /// A delivery is there that did not fail yet. Where one alone has failed, it finds out at once whether others pass.
  mutating func newcomer(now: Instant) {
    hasNoneToTry = false
    if isPaused, failing.values.reduce(0, { $0 + $1.count }) <= 1, probeAt > now { probeAt = now }
  }

  /// A request ended without telling anything about the service (cancelled, or a fault of the file).
  mutating func ended(_ number: Int64) {
    inFlight -= 1
    if probing == number { probing = nil }
  }

  /// Takes in a request of delivery `number` that succeeded, `retry` telling how often it was sent. Returns whether this
  /// ended a pause.
  mutating func succeeded(_ number: Int64, folder: String = "", _ retry: StandardRetry? = nil) -> Bool {
    retry?.succeeded(&quota)
    successes += 1
    if probing == number { probing = nil }
    if !failing.isEmpty {
      if standingAlone.count >= Self.rememberedRefusals { standingAlone.removeAll() }
      for failed in failing.values.joined() { standingAlone[failed] = successes - 1 }
      failing.removeAll()
    }
    if !standingAlone.isEmpty { standingAlone[number] = nil }
    if !refusedFolders.isEmpty { refusedFolders.remove(folder) }
    if !suspects.isEmpty {
      if refusedAlone.count >= Self.rememberedRefusals { refusedAlone.removeAll() }
      refusedAlone.formUnion(suspects.keys)
      refusedFolders.formUnion(suspects.values.lazy.map(\.folder).filter { $0 != folder })
      suspects.removeAll()
    }
    if !refusedAlone.isEmpty { refusedAlone.remove(number) }
    inFlight -= 1
    consecutiveFailures = 0
    failedProbes = 0
    if limit < Double(ceiling) { limit = min(Double(ceiling), limit + 1 / limit) }
    if Int(limit) == ceiling { throttledAt = nil }
    guard isPaused else { return false }
    probing = nil
    state = .open
    return true
  }

  /// More than these refused alone at once are no longer told apart.
  private static let rememberedRefusals = 10_000

  /// Takes in a failed request of delivery `number`. Returns whether this began a pause.
  mutating func failed(
    _ failure: ServiceFailure, of number: Int64, folder: String = "", at wall: Timestamp, now: Instant, random: Double
  ) -> Bool {
    inFlight -= 1
    if probing == number { probing = nil }
    switch failure.failureClass {
    case .blocked: return pause(.blocked, failure, at: wall, until: now + Self.blockedInterval, isCertain: true)
    case .refused, .unprovable:
      note(number, folder)
      return refused(failure, of: number, folder, at: wall, now: now, random: random)
    case .throttle, .retry, .unproven:
      // Behind a pause none passes: there it counts, or each of many would be a probe at once.
      if !isPaused, standsAlone(number) { return false }
      note(number, folder)
    case .skew, .refresh, .restartUpload, .rehash, .unreadable, .isolated, .keyRefused, .item: return false
    }
    switch failure.failureClass {
    case .throttle:
      limit = max(1, limit / 2)
      throttledAt = wall
    default: break
    }
    return countFailure(failure, at: wall, now: now, random: random)
  }

  private mutating func note(_ number: Int64, _ folder: String) {
    if failing[folder, default: []].count < Self.evidence { failing[folder, default: []].insert(number) }
  }

  /// Whether the delivery failed before, and others have passed since.
  private mutating func standsAlone(_ number: Int64) -> Bool {
    guard let before = standingAlone[number] else { return false }
    standingAlone[number] = successes > before ? successes : nil
    return successes > before
  }

  private mutating func refused(
    _ failure: ServiceFailure, of number: Int64, _ folder: String, at wall: Timestamp, now: Instant, random: Double
  ) -> Bool {
    if isPaused, now < probeAt { return false }
    if !isPaused {
      if refusedAlone.contains(number) || refusedFolders.contains(folder) { return false }
      suspects[number, default: Suspect(folder: folder)].count += 1
      guard suspects[number]?.count ?? 0 > 1 || suspects.count > 1 else { return false }
    } else {
      suspects[number, default: Suspect(folder: folder)].count += 1
    }
    return pause(.blocked, failure, at: wall, until: now + probeDelay(random, failure.retryAfter))
  }

  /// 1 s after the first failure, then ever longer; see ``outageSchedule``.
  private mutating func probeDelay(_ random: Double, _ retryAfter: Duration?) -> Duration {
    failedProbes += 1
    return Self.outageSchedule.delay(afterFailures: failedProbes, random: 0.5 + random / 2, retryAfter: retryAfter)
  }

  private mutating func countFailure(
    _ failure: ServiceFailure, at wall: Timestamp, now: Instant, random: Double
  ) -> Bool {
    consecutiveFailures += 1
    // What was under way when the pause began is no probe, and tells nothing that the pause does not know.
    if isPaused, now < probeAt { return false }
    guard isPaused || consecutiveFailures >= Self.outageThreshold else { return false }
    return pause(.outage, failure, at: wall, until: now + probeDelay(random, failure.retryAfter))
  }

  private mutating func pause(
    _ kind: Pause, _ failure: ServiceFailure, at wall: Timestamp, until: Instant, isCertain: Bool = false
  ) -> Bool {
    probeAt = until
    self.isCertain = isCertain
    guard case .paused(let oldKind, _, let since) = state else {
      hasNoneToTry = false
      state = .paused(kind, failure, since: wall)
      return true
    }
    state = .paused(kind, failure, since: since)
    return oldKind != kind
  }

  /// Makes the next probe due at once: other credentials may end the pause.
  mutating func probeSoon(now: Instant) { probeAt = now }

  /// The same, and what failed before proves nothing any more: after a reload, or when somebody says that the fault is over.
  mutating func startOver(now: Instant) {
    probeAt = now
    hasNoneToTry = false
    failing.removeAll()
  }

  /// Another ceiling is in force at once; only where the service throttles, a higher one is approached by successes.
  mutating func resize(to ceiling: Int) {
    self.ceiling = ceiling
    limit = throttledAt == nil ? Double(ceiling) : min(limit, Double(ceiling))
  }
}
