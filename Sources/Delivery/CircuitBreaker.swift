import AWSClients
import DeliveryModel

/// Whether a service is asked, and for which folders: what goes wrong reaches as far as it is proved to reach. A pure value.
///
/// - A folder's circuit opens once three different deliveries of it failed, from two directories where it has two, or all
///   that it has under way, and none passed that was sent after the first of them failed.
/// - The service's opens at once where no request reaches it, or where the fault is certainly the account's; else once every
///   folder that was tried in the last minute is open, and there are two, or only one is configured.
/// - Behind an open circuit only probes leave, one at a time; one success closes it. Where fewer than three deliveries are
///   the evidence, one that never failed is tried at once.
/// - A delivery that failed before others of its folder passed stands alone: until it succeeds its failures prove nothing.
///
/// A folder of which nothing passed since the last failure has no more than three requests under way: so many are refused
/// where all is.
package struct CircuitBreaker: Sendable, Equatable {
  typealias Instant = ContinuousClock.Instant

  package enum Scope: Sendable, Hashable {
    case service
    case folder(String)
  }

  /// What a request's end changed.
  enum Change: Sendable, Equatable {
    case opened(Scope, Circuit.Opening)
    case closed(Scope)
    /// What waits for the scope in memory may wait in the journal: it will take a while.
    case probeFailed(Scope)
  }

  /// What may be sent of a folder now.
  enum Admission: Sendable, Equatable {
    case nothing
    case anything
    /// What never failed, as a trial.
    case untried
    /// What was sent before within its attempt, and failed.
    case repeated
  }

  struct UnderWay: Sendable, Equatable {
    var folder: String
    /// How many requests had been sent with the last one of it.
    var begun: Int
    var since: Instant
    var count = 1
    var isAlone: Bool
    /// See ``Unanswered``.
    var isSmall: Bool
  }

  /// What of a folder waits for an answer: requests whose bodies are so small that one comes within a minute over any line.
  struct Unanswered: Sendable, Equatable {
    var count: Int
    /// Since when nothing of the folder was answered.
    var since: Instant
  }

  /// How many folders are configured.
  var folderCount = 1
  private(set) var service: Circuit
  /// Whether the fault is proved for all requests of the service, whichever met it.
  private(set) var isCertain = false
  private(set) var folders: [String: Circuit] = [:]
  private(set) var inFlight = 0
  private(set) var inFlightByFolder: [String: Int] = [:]
  private(set) var underWay: [Int64: UnderWay] = [:]
  private(set) var begun = 0
  private(set) var lastTried: [String: Instant] = [:]
  /// When a request of each folder that has some under way was last answered, or its first one was sent.
  private(set) var lastAnswer: [String: Instant] = [:]
  /// What is to be reported where it lasts, by folder. One that has nothing under way is kept while what it had was given
  /// up: the next is the same silence.
  private(set) var unanswered: [String: Unanswered] = [:]
  /// Folders of which a request passed, and none failed since.
  private(set) var proven: Set<String> = []
  private(set) var alone: Set<Int64> = []
  /// Deliveries whose last request failed and that are not given up yet, and their folders.
  private(set) var struggling: [Int64: String] = [:]

  /// Folders that were tried longer ago say nothing of the service.
  static let recent = Duration.seconds(60)
  /// A request that has no answer for so long keeps nothing else from being tried.
  static let patience = Duration.seconds(2)
  /// A folder of which no request was answered for so long, while some are under way, counts as one that gets no answer.
  static let silence = Duration.seconds(5)
  /// Of those that stand alone a folder has no more under way.
  static let aloneAtOnce = 2
  private static let remembered = 10_000

  init(now: Instant) { service = Circuit(now: now) }

  // MARK: What became of it

  mutating func started(_ number: Int64, of place: PathKey, isSmall: Bool = true, now: Instant) {
    let folder = place.folder
    begun += 1
    inFlight += 1
    if inFlightByFolder[folder] == nil { lastAnswer[folder] = now }
    inFlightByFolder[folder, default: 0] += 1
    if isSmall { unanswered[folder, default: Unanswered(count: 0, since: now)].count += 1 }
    lastTried[folder] = now
    let count = underWay[number]?.count ?? 0
    underWay[number] = UnderWay(
      folder: folder, begun: begun, since: now, count: count + 1, isAlone: alone.contains(number),
      isSmall: isSmall)
    if service.isOpen {
      service.startProbe(number, at: place)
      folders[folder]?.noteProbe(in: place.path.directory)
    } else if folders[folder]?.isOpen == true {
      folders[folder]?.startProbe(number, at: place)
    }
  }

  /// The request was answered, or given up because no answer came (`isAnswer` false), or, without a moment, for a reason of
  /// ours. Returns since when it had been under way, and the number of its sending.
  @discardableResult
  mutating func ended(_ number: Int64, now: Instant? = nil, isAnswer: Bool = true) -> (since: Instant, begun: Int)? {
    guard var request = underWay[number] else { return nil }
    inFlight -= 1
    let left = inFlightByFolder[request.folder, default: 1] - 1
    inFlightByFolder[request.folder] = left > 0 ? left : nil
    lastAnswer[request.folder] = left > 0 ? now ?? lastAnswer[request.folder] : nil
    request.count -= 1
    underWay[number] = request.count > 0 ? request : nil
    if var waiting = unanswered[request.folder] {
      if request.isSmall { waiting.count -= 1 }
      if isAnswer, let now { waiting.since = now }
      unanswered[request.folder] = waiting.count > 0 || !isAnswer ? waiting : nil
    }
    service.ended(number)
    // Each way into a dictionary's value in place costs allocations; nearly always no folder has a circuit.
    if !folders.isEmpty { folders[request.folder]?.ended(number) }
    return (request.since, request.begun)
  }

  /// A request of the folder, sent as the `sent`th, passed.
  mutating func succeeded(_ number: Int64, folder: String, sent: Int, now: Instant) -> [Change] {
    var changes: [Change] = []
    alone.remove(number)
    forgotten(number)
    if service.isOpen {
      service.close()
      isCertain = false
      changes.append(.closed(.service))
      // What else was closed may be open again, too: a probe each finds out.
      for name in closedFolders where name != folder { folders[name]?.probeSoon(now: now) }
    }
    guard let circuit = folders[folder] else {
      proven.insert(folder)
      return changes
    }
    guard circuit.isOpen || sent > circuit.firstFailure else { return changes }
    if alone.count >= Self.remembered { alone.removeAll() }
    alone.formUnion(circuit.failed.keys.filter { $0 != number })
    folders[folder] = nil
    proven.insert(folder)
    if circuit.isOpen, folderCount > 1 { changes.append(.closed(.folder(folder))) }
    return changes
  }

  /// A request of the delivery failed in a way that may be evidence; it may be sent again.
  mutating func struggles(_ number: Int64, _ failure: ServiceFailure, folder: String) {
    guard failure.evidence != nil, !alone.contains(number), struggling.count < Self.remembered else { return }
    proven.remove(folder)
    struggling[number] = folder
  }

  /// The delivery is no longer under way.
  mutating func forgotten(_ number: Int64) { if !struggling.isEmpty { struggling[number] = nil } }

  /// An attempt of a delivery failed for good. `rest`: what else of its folder is under way or waits in memory.
  mutating func failed(
    _ failure: ServiceFailure, of number: Int64, at place: PathKey, rest: Rest, wall: Timestamp, now: Instant,
    random: Double
  ) -> [Change] {
    forgotten(number)
    guard let kind = failure.evidence else { return [] }
    let event = Event(failure: failure, kind: kind, wall: wall, now: now, random: random)
    let provesAll = failure.failureClass == .blocked || failure.neverLeft
    guard service.isOpen || provesAll else { return note(event, number, place, rest) }
    if folders[place.folder]?.isOpen != true, !alone.contains(number) { note(number, place, now) }
    // What was sent before the service's circuit opened proves no more than that does; a trial neither.
    let isKnown = service.isOpen && now < service.probeAt
    guard !isKnown || (failure.failureClass == .blocked && !isCertain) else { return [] }
    return openService(event, isCertain: provesAll)
  }

  /// What else there is of a folder.
  struct Rest: Sendable, Equatable {
    /// Deliveries in memory that wait for the same service, the failed one left out.
    var numbers: Set<Int64> = []
    /// Whether one of them lies in another directory.
    var hasOtherDirectory = false
  }

  private struct Event {
    let failure: ServiceFailure
    let kind: Circuit.Kind
    let wall: Timestamp
    let now: Instant
    let random: Double
  }

  private mutating func note(_ number: Int64, _ place: PathKey, _ now: Instant) {
    folders[place.folder, default: Circuit(now: now)].note(number, in: place.path.directory, begun: begun)
    proven.remove(place.folder)
  }

  private mutating func note(_ event: Event, _ number: Int64, _ place: PathKey, _ rest: Rest) -> [Change] {
    let folder = place.folder
    let isOpen = folders[folder]?.isOpen == true
    guard isOpen || !alone.contains(number) else { return [] }
    note(number, place, event.now)
    guard var circuit = folders[folder] else { return [] }
    // The same within the folder: what was under way when it opened, and trials, put off no probe.
    guard isOpen ? event.now >= circuit.probeAt : isEvidence(circuit, rest) else { return [] }
    let isNews = circuit.open(event.kind, event.failure, at: event.wall, now: event.now, random: event.random)
    folders[folder] = circuit
    guard isNews, let opening = circuit.opening else { return isOpen ? [.probeFailed(.folder(folder))] : [] }
    let service = coversService(event.now) ? openService(event, isCertain: false) : []
    return (folderCount > 1 ? [.opened(.folder(folder), opening)] : []) + service
  }

  private func isEvidence(_ circuit: Circuit, _ rest: Rest) -> Bool {
    if circuit.failed.count >= Circuit.evidence {
      return Set(circuit.failed.values).count > 1 || !rest.hasOtherDirectory
    }
    return rest.numbers.allSatisfy { circuit.failed[$0] != nil || alone.contains($0) }
  }

  /// Whether all that was tried of late is closed.
  private func coversService(_ now: Instant) -> Bool {
    let tried = lastTried.filter { now - $0.value < Self.recent }.map(\.key)
    return (tried.count > 1 || folderCount < 2) && tried.allSatisfy { folders[$0]?.isOpen == true }
  }

  private mutating func openService(_ event: Event, isCertain: Bool) -> [Change] {
    self.isCertain = isCertain
    let changes: [Change] = service.isOpen ? [.probeFailed(.service)] : []
    guard
      service.open(
        event.kind, event.failure, at: event.wall, now: event.now, random: event.random, isCertain: isCertain),
      let opening = service.opening
    else { return changes }
    return changes + [.opened(.service, opening)]
  }

  // MARK: Other events

  /// A delivery of the folder is there that did not fail yet.
  mutating func newcomer(at place: PathKey, now: Instant) {
    let folder = place.folder
    guard folders[folder]?.isProved(for: place.path.directory) != true else { return service.arrived(now: now) }
    let failed = folders.values.reduce(0) { $0 + $1.failed.count }
    service.newcomer(isOneAlone: failed <= 1, now: now)
    guard !folders.isEmpty else { return }
    let isOneAlone = folders[folder]?.failed.count == 1
    folders[folder]?.newcomer(isOneAlone: isOneAlone, now: now)
  }

  /// No delivery that never failed waits in the scope.
  mutating func nothingToTry(in scope: Scope) {
    switch scope {
    case .service: service.nothingToTry()
    case .folder(let folder): folders[folder]?.nothingToTry()
    }
  }

  /// Nothing waits for the scope's probe but what is like the last one.
  mutating func noOthers(in scope: Scope) {
    switch scope {
    case .service: service.noOthers()
    case .folder(let folder): folders[folder]?.noOthers()
    }
  }

  /// Nothing of the scope waits in the journal that could be a probe before `moment`; nil for nothing at all: then there is
  /// nothing to report, and the next delivery of it starts with no evidence against it.
  mutating func nothingToProbe(in scope: Scope, before moment: Instant?, now: Instant) -> [Change] {
    switch (scope, moment) {
    case (.service, let moment?): service.probeLater(moment)
    case (.service, nil): service.nothingToProbe(now: now)
    case (.folder(let folder), let moment?): folders[folder]?.probeLater(moment)
    case (.folder(let folder), nil):
      guard folders[folder]?.probing == nil, let circuit = folders.removeValue(forKey: folder), circuit.isOpen,
        folderCount > 1
      else { return [] }
      return [.closed(scope)]
    }
    return []
  }

  /// Other folders are configured: what is known of one that is not among them any more is forgotten. Of what is still under
  /// way it may be learned anew. Returns those that were closed.
  mutating func keep(_ names: Set<String>) -> [String] {
    let closed = closedFolders.subtracting(names)
    folders = folders.filter { names.contains($0.key) }
    lastTried = lastTried.filter { names.contains($0.key) }
    unanswered = unanswered.filter { names.contains($0.key) || $0.value.count > 0 }
    proven.formIntersection(names)
    return closed.sorted()
  }

  /// Makes the service's next probe due then: other credentials may end the fault.
  mutating func probeSoon(now: Instant) {
    service.probeSoon(now: now)
    for folder in closedFolders { folders[folder]?.probeSoon(now: now) }
  }

  /// The same, and what failed before proves nothing any more: after a reload, or when somebody says that the fault is over.
  mutating func startOver(now: Instant) {
    service.startOver(now: now)
    for folder in folders.keys { folders[folder]?.startOver(now: now) }
    unanswered = unanswered.filter { $0.value.count > 0 }
    alone.removeAll()
  }
}
