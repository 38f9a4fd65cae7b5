import DeliveryJournal
import DeliveryModel

/// What is taken up from the journal, and when.
extension DeliveryMachine {
  /// How long a file may be read before another one is to be the probe of a closed scope.
  static let patienceForProbe = Duration.seconds(5)

  /// The lane that deliveries in `state` wait for.
  func lane(of state: DeliveryState) -> AdmissionControl { state == .uploaded ? dynamodb : s3 }

  /// How many deliveries in `state` may be loaded from the journal now in the ordinary way: none while the service is asked
  /// by probes alone.
  func appetite(for state: DeliveryState) -> Int {
    lane(of: state).opening == nil ? max(0, settings.window - active.count) : 0
  }

  /// Of which nothing is loaded in the ordinary way.
  func foldersLeftAlone(for state: DeliveryState) -> Set<String> {
    let closed = lane(of: state).breaker.closedFolders
    return state == .pending && !away.isEmpty ? closed.union(away.keys) : closed
  }

  /// Deliveries wanted from the journal beside the ordinary ones.
  struct Search: Sendable, Equatable {
    var scope: CircuitBreaker.Scope
    var purpose: DueRequest.Purpose
    /// The folder of the last probe, where the next one is to be of another.
    var yielding: String?
  }

  /// The query for it.
  func request(
    _ search: Search, for state: DeliveryState, now: Timestamp, horizon: Duration
  ) -> DueRequest {
    var request = DueRequest(
      state: state, dueBefore: now, horizon: horizon, excluding: heldNumbers,
      limit: search.purpose == .first ? Self.firstOfFolder : Self.probeCandidates,
      without: state == .pending ? Set(away.keys) : [])
    request.purpose = search.purpose
    request.withoutQuestions = hasEnoughQuestions
    let breaker = lane(of: state).breaker
    if case .folder(let folder) = search.scope { request.only = folder }
    switch search.purpose {
    case .trial:
      // Of what there is enough evidence about nothing is to be tried.
      request.without.formUnion(breaker.provedFolders)
      request.withoutDirectories = breaker.provedDirectories
    case .probe:
      // Folders take turns, and directories.
      request.without.formUnion(search.yielding.map { [$0] } ?? [])
      request.withoutDirectories = breaker.probedDirectories
    case .ordinary, .first: break
    }
    return request
  }

  /// What is to be searched for now: the probe or the trial of a closed scope for which none is in memory, or something of a
  /// folder that has nothing in memory while others fill it.
  ///
  /// What is still read is not waited for for long: a huge file, or a disk that hangs, must not keep a scope from being
  /// probed.
  mutating func search(for state: DeliveryState, now: Instant) -> Search? {
    let lane = lane(of: state)
    newcomersSearched[state] = newcomers
    if lane.opening != nil {
      return purpose(lane.breaker.service, isCertain: lane.breaker.isCertain, now: now).flatMap { purpose in
        if hasCandidate(for: purpose, lane, now, where: { _ in true }) { return nil }
        let yielding = purpose == .probe ? lane.breaker.yieldingFolder(now: now) : nil
        return Search(scope: .service, purpose: purpose, yielding: yielding)
      }
    }
    for folder in lane.breaker.closedFolders.sorted() where state == .uploaded || away[folder] == nil {
      guard let circuit = lane.breaker.folders[folder],
        let purpose = purpose(circuit, isCertain: circuit.isProved, now: now),
        !hasCandidate(for: purpose, lane, now, where: { $0 == folder })
      else { continue }
      return Search(scope: .folder(folder), purpose: purpose)
    }
    guard state == .pending, !unasked.isEmpty else { return nil }
    // Where there is room, the ordinary query brings it.
    guard settings.window - active.count < Backlog.batch else {
      unasked.removeAll()
      return nil
    }
    while let folder = unasked.popFirst() {
      guard inHand[folder] == nil, away[folder] == nil, !lane.isClosed(folder) else { continue }
      return Search(scope: .folder(folder), purpose: .first)
    }
    return nil
  }

  private func purpose(_ circuit: Circuit, isCertain: Bool, now: Instant) -> DueRequest.Purpose? {
    guard circuit.probing == nil else { return nil }
    if now >= circuit.probeAt { return .probe }
    return isCertain || circuit.hasNoneToTry ? nil : .trial
  }

  private func hasCandidate(
    for purpose: DueRequest.Purpose, _ lane: AdmissionControl, _ now: Instant, where isInScope: (String) -> Bool
  ) -> Bool {
    active.values.contains { entry in
      guard isInScope(entry.folder), entry.service == lane.service, !entry.isAsking, entry.stage != .closing,
        !(entry.stage.isReading && now - entry.loaded >= Self.patienceForProbe)
      else { return false }
      return purpose == .probe ? !lane.breaker.yields(entry.path, now: now) : mayTry(entry.delivery, lane, now: now)
    }
  }

  /// Whether it may be tried in a closed scope before its next probe is due.
  func mayTry(_ delivery: Delivery, _ lane: AdmissionControl, now: Instant) -> Bool {
    let place = PathKey(folder: delivery.file.folder, path: delivery.file.path)
    return lane.breaker.admits(delivery.number, at: place, isNew: delivery.failures == 0, .untried, now: now)
  }

  /// Of so many deliveries that are due one is chosen as the probe.
  static let probeCandidates = 16
  /// So many of a folder that has nothing in memory are taken up at once, though others fill it.
  static let firstOfFolder = 4

  /// Takes in what the journal had.
  mutating func loaded(_ deliveries: [Delivery], for request: DueRequest, nextDue: Timestamp?, at moment: Moment) {
    let lane = lane(of: request.state)
    let held = active.count
    let scope = request.only.map(CircuitBreaker.Scope.folder) ?? .service
    switch request.purpose {
    case .ordinary:
      load(deliveries, at: moment)
      noteShortened(request.shortened(by: deliveries))
    case .first:
      load(deliveries, at: moment)
      // There may be more.
      if deliveries.count == request.limit { leftToJournal = true }
    case .trial:
      load(deliveries.filter { mayTry($0, lane, now: moment.now) }, at: moment)
      // One may have arrived since the journal was asked.
      guard active.count == held, newcomersSearched[request.state] == newcomers else { return }
      change(request.state) { $0.nothingToTry(in: scope) }
    case .probe:
      let areOthers = deliveries.contains {
        !lane.breaker.yields(PathKey(folder: $0.file.folder, path: $0.file.path), now: moment.now)
      }
      if !areOthers { change(request.state) { $0.noOthers(in: scope) } }
      // What is like the last probe was not asked for.
      if deliveries.isEmpty, let yielding = lane.breaker.yieldingFolder(now: moment.now),
        request.without.contains(yielding)
      {
        return
      }
      load(best(deliveries, in: lane, scope).map { [$0] } ?? [], at: moment)
      guard active.count == held else { return }
      // What is in memory, or waits for an earlier version of its file, may be it in a moment.
      let isHeld = active.values.contains { $0.service == lane.service && request.only ?? $0.folder == $0.folder }
      let next = deliveries.isEmpty && !isHeld ? nextDue.map { $0 - moment.wall } : .zero
      let notBefore = next.map { moment.now + max($0, Self.restBetweenLooks) }
      tell(request.state) { $0.nothingToProbe(in: scope, before: notBefore, now: moment.now) }
    }
  }

  /// What failed least, of another place than the last probe, and never that one again while there are others: one bad file
  /// must not keep a scope closed. Of equal ones the smallest.
  private func best(_ deliveries: [Delivery], in lane: AdmissionControl, _ scope: CircuitBreaker.Scope) -> Delivery? {
    let circuit: Circuit? =
      switch scope {
      case .service: lane.breaker.service
      case .folder(let folder): lane.breaker.folders[folder]
      }
    let last = circuit?.lastPlace
    func rank(_ delivery: Delivery) -> [Int64] {
      let file = delivery.file
      let isSameFolder = file.folder == last?.folder
      return [
        delivery.number == circuit?.lastProbe ? 1 : 0, Int64(delivery.failures + delivery.restarts),
        isSameFolder ? 1 : 0, isSameFolder && file.path.directory == last?.path.directory ? 1 : 0, file.identity.size,
        delivery.number,
      ]
    }
    return deliveries.map { (rank($0), $0) }.min { $0.0.lexicographicallyPrecedes($1.0) }?.1
  }

  /// Takes up deliveries from the journal. Two versions of one path are never under way together: the later one stays
  /// in the journal until the earlier one is finished.
  mutating func load(_ deliveries: [Delivery], at moment: Moment) {
    for delivery in deliveries
    where active[delivery.number] == nil && delivery.state.isOpen && !dismissing.contains(delivery.number) {
      let isUploaded = delivery.state == .uploaded
      let entry = ActiveDelivery(delivery: delivery, loaded: moment.now, stage: isUploaded ? .recordReady : .hashing)
      guard busyPaths.insert(entry.path).inserted else {
        deferred[entry.path, default: []].insert(delivery.number)
        continue
      }
      // Several queries may have brought it.
      if deferred[entry.path]?.remove(delivery.number) != nil, deferred[entry.path]?.isEmpty == true {
        deferred[entry.path] = nil
      }
      active[delivery.number] = entry
      inHand[entry.folder, default: 0] += 1
      if isUploaded {
        records.append(delivery.number, folder: entry.folder)
      } else if delivery.isGone {
        withdrawGone(entry, at: moment)
      } else {
        emit(.hash(delivery))
      }
    }
  }

  /// The journal may hold more of these folders than it gave: it is asked again once they have room, be it that they have
  /// it by now.
  mutating func noteShortened(_ folders: Set<String>) {
    for folder in folders {
      if inHand[folder, default: 0] <= settings.folderThreshold {
        leftToJournal = true
      } else {
        shortened.insert(folder)
      }
    }
  }

  /// How many ``heldNumbers`` are, at most.
  var heldCount: Int { deferred.values.reduce(active.count) { $0 + $1.count } }

  /// Everything that a query for more should leave out.
  var heldNumbers: Set<Int64> {
    deferred.values.reduce(into: Set(active.keys)) { $0.formUnion($1) }
  }
}

extension DeliveryMachine {
  /// When the loop has to look again though no event came: for a probe, for a request that rests, or for what becomes due
  /// in the journal. Nil for never.
  ///
  /// What is due and was not begun (the window is full, a probe is under way, there are no credentials) goes on with an
  /// event; it is looked at once a second all the same, never in a circle without rest.
  func nextLook(_ backlog: Backlog, wall: Timestamp, now: Instant) -> Instant? {
    var next = [resting.lazy.map(\.until).min(), nextComparison].compactMap { $0 }.min()
    for state in [DeliveryState.pending, .uploaded] {
      guard let moment = nextLook(state, backlog, wall: wall, now: now) else { continue }
      let later = moment > now ? moment : now + Self.restBetweenLooks
      next = min(next ?? later, later)
    }
    return next
  }

  static let restBetweenLooks = Duration.seconds(1)

  private func nextLook(_ state: DeliveryState, _ backlog: Backlog, wall: Timestamp, now: Instant) -> Instant? {
    let breaker = lane(of: state).breaker
    if breaker.service.isOpen { return breaker.service.probing == nil ? breaker.service.probeAt : nil }
    let probes = breaker.folders.values.lazy.filter { $0.isOpen && $0.probing == nil }.map(\.probeAt)
    let isHeld = state == .uploaded ? !records.isEmpty : !uploads.isEmpty || !multiparts.isEmpty
    let due = backlog.nextDue(state).map { now + ($0 - wall) }
    return [probes.min(), due, isHeld ? breaker.nextPatience(now: now) : nil].compactMap { $0 }.min()
  }
}
