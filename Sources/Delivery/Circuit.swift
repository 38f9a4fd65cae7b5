import AWSClients
package import DeliveryModel

/// What is proved about one scope, a service or what a folder asks of it: which deliveries failed one after the other, since
/// when it is closed to all but probes, and when the next probe may go. A pure value.
package struct Circuit: Sendable, Equatable {
  typealias Instant = ContinuousClock.Instant

  package enum Kind: Sendable, Equatable {
    /// Refused, or a fault of the account or the configuration: somebody has to fix it.
    case blocked
    /// No answer, or the answer that it cannot: it comes back by itself.
    case outage
  }

  /// Why only probes leave.
  package struct Opening: Sendable, Equatable {
    package var kind: Kind
    package var failure: ServiceFailure
    package var since: Timestamp
  }

  /// Nil while requests may go.
  private(set) var opening: Opening?
  /// Different deliveries that failed with no success in between, and the directories they lie in; as many as are evidence.
  private(set) var failed: [Int64: RelativePath] = [:]
  /// How many requests the service had been sent when the first of them failed.
  private(set) var firstFailure = 0
  /// When the next probe may go; meaningful while open.
  private(set) var probeAt: Instant
  /// Whose request is the probe under way.
  private(set) var probing: Int64?
  private(set) var lastProbe: Int64?
  /// The folder and the directory of the last probe: the next one is of others, where there are any.
  private(set) var lastPlace: PathKey?
  /// Whether others than the folder or directory of the last probe were looked for since then, in vain.
  private var hasNoOthers = false
  /// The directories of the last probes: the next one is of another.
  private(set) var probed: [RelativePath] = []
  /// Whether no delivery that never failed is left to be tried.
  private(set) var hasNoneToTry = false
  /// Nothing at all waits.
  private var hasNoneToProbe = false
  private var failedProbes = 0

  /// So many different deliveries are evidence.
  static let evidence = 3
  /// Between two probes where the fault is certainly the account's.
  static let blockedInterval = Duration.seconds(60)
  /// Between two probes of all else: from 1 s up to this.
  static let probeSchedule = RetrySchedule(base: .seconds(1), cap: .seconds(60))
  /// More than these need not be told apart.
  private static let remembered = 8

  init(now: Instant) { probeAt = now }

  var isOpen: Bool { opening != nil }

  /// The directories of the deliveries that failed.
  var directories: Set<RelativePath> { Set(failed.values) }

  /// Whether so much has failed, of so many directories, that nothing but probes is to be sent.
  var isProved: Bool { failed.count >= Self.remembered && directories.count > 1 }

  /// Whether there is evidence about files of this directory.
  func isProved(for directory: RelativePath) -> Bool {
    isProved || failed.count >= Self.evidence && directories.contains(directory)
  }

  /// A delivery failed while the circuit was closed; `begun`: requests that the service was sent so far.
  mutating func note(_ number: Int64, in directory: RelativePath, begun: Int) {
    if failed.isEmpty { firstFailure = begun }
    if failed.count >= Self.remembered, failed[number] == nil {
      // What is of another directory tells more than one more of the same.
      guard directories.count < failed.count, !directories.contains(directory) else { return }
      let counts = failed.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      if let double = failed.first(where: { counts[$0.value, default: 0] > 1 })?.key { failed[double] = nil }
    }
    failed[number] = directory
  }

  /// Lets only probes go from now on. Returns whether that is news: it was closed, or open for another kind of reason.
  mutating func open(
    _ kind: Kind, _ failure: ServiceFailure, at wall: Timestamp, now: Instant, random: Double, isCertain: Bool = false
  ) -> Bool {
    if kind == .blocked, isCertain {
      probeAt = now + Self.blockedInterval
    } else {
      // 1 s after the first failure, then ever longer.
      failedProbes += 1
      probeAt =
        now
        + Self.probeSchedule.delay(
          afterFailures: failedProbes, random: 0.5 + random / 2, retryAfter: failure.retryAfter)
    }
    guard let opening else {
      hasNoneToTry = false
      self.opening = Opening(kind: kind, failure: failure, since: wall)
      return true
    }
    self.opening = Opening(kind: kind, failure: failure, since: opening.since)
    return opening.kind != kind
  }

  mutating func close() { self = Circuit(now: probeAt) }

  mutating func startProbe(_ number: Int64, at place: PathKey) {
    probing = number
    lastProbe = number
    lastPlace = place
    hasNoOthers = false
    noteProbe(in: place.path.directory)
  }

  /// The next probe is of another directory.
  mutating func noteProbe(in directory: RelativePath) {
    probed = probed.filter { $0 != directory }.suffix(Self.remembered - 1) + [directory]
  }

  /// Whether something else is to be the next probe, if there is anything: what failed last may fail for ever by a fault of its
  /// own. Not waited for longer than between two probes.
  func yields(_ isOfLast: (PathKey) -> Bool, now: Instant) -> Bool {
    isOpen && !hasNoOthers && now < probeAt + Self.blockedInterval && lastPlace.map(isOfLast) == true
  }

  /// There is nothing else.
  mutating func noOthers() { hasNoOthers = true }

  mutating func ended(_ number: Int64) { if probing == number { probing = nil } }

  /// No delivery that never failed waits.
  mutating func nothingToTry() { hasNoneToTry = true }

  /// One is there. Where one alone has failed, it finds out at once whether others pass.
  mutating func newcomer(isOneAlone: Bool, now: Instant) {
    hasNoneToTry = false
    if isOpen, isOneAlone, probeAt > now { probeAt = now }
    arrived(now: now)
  }

  /// Something is there that can be the probe.
  mutating func arrived(now: Instant) {
    if isOpen, hasNoneToProbe, probeAt > now { probeAt = now }
    hasNoneToProbe = false
  }

  /// The fault may be over: whatever is there may find out.
  mutating func probeSoon(now: Instant) {
    probeAt = now
    lastPlace = nil
  }

  /// Nothing can be the probe before that.
  mutating func probeLater(_ moment: Instant) { probeAt = max(probeAt, moment) }

  /// Nothing waits that could be it: the next that arrives is.
  mutating func nothingToProbe(now: Instant) {
    hasNoneToProbe = true
    probeAt = max(probeAt, now + Self.blockedInterval)
  }

  /// What failed so far proves nothing any more.
  mutating func startOver(now: Instant) {
    probeSoon(now: now)
    hasNoneToTry = false
    failed.removeAll()
  }
}

extension ServiceFailure {
  /// What it says of the service, or of what the folder asks of it; nil for nothing.
  var evidence: Circuit.Kind? {
    switch failureClass {
    case .blocked, .refused, .unprovable: .blocked
    case .throttle, .retry, .unproven: .outage
    case .skew, .refresh, .restartUpload, .rehash, .unreadable, .isolated, .keyRefused, .item: nil
    }
  }

  /// Whether no byte of the request went out: whoever's it was, it proves that the service is not reached.
  var neverLeft: Bool { ["transport-resolve", "transport-connect", "transport-tls"].contains(code) }
}
