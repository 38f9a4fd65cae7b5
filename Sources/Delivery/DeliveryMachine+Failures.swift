import AWSClients
import DeliveryModel

extension DeliveryMachine {
  /// `retry` is the state of the request that succeeded, where its delivery is still held; `size` that of its body.
  mutating func laneSucceeded(
    _ service: ServiceLane, _ number: Int64, _ retry: StandardRetry?, size: Int64 = 0, at moment: Moment
  ) {
    guard let place = active[number]?.path else { return change(service) { $0.ended(number) } }
    tell(service) { $0.succeeded(number, of: place, size: size, retry, at: moment.wall, now: moment.now) }
  }

  /// Takes in that a request failed; what that proves shows once the attempt is given up. Returns whether the delivery is
  /// still held.
  mutating func laneFailed(_ failure: ServiceFailure, for number: Int64, at moment: Moment) -> Bool {
    change(failure.lane) { $0.ended(number, now: moment.now, isAnswer: !failure.isGivenUpByUs) }
    guard let folder = active[number]?.folder else { return false }
    if failure.failureClass == .throttle { change(failure.lane) { $0.throttled(folder, at: moment.wall) } }
    change(failure.lane) { $0.breaker.struggles(number, failure, folder: folder) }
    if failure.isUncertain { active[number]?.mayBeThere = true }
    return true
  }

  /// What a failed attempt proves of the service, or of what the folder asks of it.
  mutating func judge(_ number: Int64, _ failure: ServiceFailure, at moment: Moment) {
    guard let entry = active[number] else { return }
    var judged = entry.repaired.contains(failure.failureClass) ? failure.asBlocked : failure
    judged.subject = entry.toldPath
    let rest = rest(of: entry)
    // It ends, and is nothing that waits.
    change(number) { $0.stage = .closing }
    tell(failure.lane) {
      $0.breaker.failed(
        judged, of: number, at: entry.path, rest: rest, wall: moment.wall, now: moment.now, random: moment.random)
    }
  }

  /// What else of its folder waits in memory for the same service.
  private func rest(of entry: ActiveDelivery) -> CircuitBreaker.Rest {
    var rest = CircuitBreaker.Rest()
    let directory = entry.path.path.directory
    for other in active.values
    where other.folder == entry.folder && other.service == entry.service
      && other.delivery.number != entry.delivery.number && other.stage != .closing
    {
      rest.numbers.insert(other.delivery.number)
      if other.path.path.directory != directory { rest.hasOtherDirectory = true }
    }
    return rest
  }

  /// Changes the lane, and passes on what that opened or closed.
  mutating func tell(_ service: ServiceLane, _ work: (inout AdmissionControl) -> [CircuitBreaker.Change]) {
    let changes = service == .dynamodb ? work(&dynamodb) : work(&s3)
    for change in changes {
      switch change {
      case .opened(let scope, let opening):
        emit(.note(.circuitOpened(service, scope, opening)))
        // Somebody has to fix it first: that takes longer than what waits need be held.
        if opening.kind == .blocked, scope == .service, lane(of: service).breaker.isCertain {
          letGo(of: service, scope)
        }
      case .closed(let scope):
        leftToJournal = true
        emit(.note(.circuitClosed(service, scope)))
      case .probeFailed(let scope): letGo(of: service, scope)
      }
    }
  }

  func lane(of service: ServiceLane) -> AdmissionControl { service == .dynamodb ? dynamodb : s3 }

  mutating func change(_ service: ServiceLane, _ work: (inout AdmissionControl) -> Void) {
    if service == .dynamodb { work(&dynamodb) } else { work(&s3) }
  }

  mutating func tell(_ state: DeliveryState, _ work: (inout CircuitBreaker) -> [CircuitBreaker.Change]) {
    tell(state == .uploaded ? .dynamodb : .s3) { work(&$0.breaker) }
  }

  mutating func change(_ state: DeliveryState, _ work: (inout CircuitBreaker) -> Void) {
    change(state == .uploaded ? ServiceLane.dynamodb : .s3) { work(&$0.breaker) }
  }

  /// Mends what one retry can mend: expired credentials, a wrong clock. Each at most once a request.
  mutating func repair(_ number: Int64, _ failure: ServiceFailure) -> Bool {
    guard failure.isRepairable, active[number]?.repaired.insert(failure.failureClass).inserted == true else {
      return false
    }
    if let offset = failure.clockOffset {
      emit(.adjustClock(offset))
    } else {
      // Whatever starts before the new ones are here would be refused like this, and count as refused twice.
      canSign = false
      emit(.refreshCredentials)
    }
    return true
  }

  // MARK: In a moment

  /// Whether the failed request, or one part of it, is sent again within this attempt, as the AWS SDKs do it. A longer
  /// wait that the service wishes for is the journal's, and so is everything of a closed scope.
  mutating func rest(_ number: Int64, part: Int? = nil, _ failure: ServiceFailure, at moment: Moment) -> Bool {
    guard let folder = active[number]?.folder, !lane(of: failure.lane).isClosed(folder),
      failure.retryAfter ?? .zero <= StandardRetry.longestExtension,
      var retry = part.map({ active[number]?.multipart?.retry(ofPart: $0) }) ?? active[number]?.retry
    else { return false }
    let delay =
      failure.lane == .dynamodb
      ? dynamodb.delay(&retry, after: failure, folder, random: moment.random)
      : s3.delay(&retry, after: failure, folder, random: moment.random)
    guard let delay else { return false }
    if let part { active[number]?.multipart?.rest(part, retry) } else { active[number]?.retry = retry }
    resting.append(RestingRequest(number: number, part: part, until: moment.now + delay))
    return true
  }

  /// Puts what has rested back into line.
  mutating func wake(now: Instant) {
    let due = resting.filter { $0.until <= now }
    guard !due.isEmpty else { return }
    resting.removeAll { $0.until <= now }
    for request in due {
      if let part = request.part { active[request.number]?.multipart?.wake(part) }
      line(up: request.number)
    }
  }

  // MARK: Ending an attempt

  /// Ends the attempt as its failure demands.
  mutating func giveUp(_ number: Int64, _ failure: ServiceFailure, at moment: Moment) {
    if active[number]?.ahead?.isSaving == false { return fallBack(number, failure, at: moment) }
    judge(number, failure, at: moment)
    switch failure.failureClass {
    case .item: park(number, failure, at: moment)
    case .keyRefused: refuseKey(number, failure, at: moment)
    case .rehash: reread(number, failure)
    case .unreadable: closeFailed(number, failure, isProbe: false, at: moment)
    case .restartUpload:
      if let delivery = active[number]?.delivery, failure.code != "NoSuchUpload" { abortMultipart(delivery) }
      active[number]?.delivery.multipart = nil
      emit(.commit(.multipartForgotten(number: number)))
      closeFailed(number, failure, isProbe: false, at: moment)
    case .isolated: closeFailed(number, failure, isProbe: false, at: moment)
    case .retry, .throttle, .blocked, .refused, .unproven, .unprovable, .skew, .refresh:
      closeFailed(number, failure, at: moment)
    }
  }

  /// S3 does not take the key, and says so in its own words: whether that is the key's fault shows in others passing between
  /// two refusals.
  private mutating func refuseKey(_ number: Int64, _ failure: ServiceFailure, at moment: Moment) {
    if let before = refusedKeys[number], before < s3.successes {
      refusedKeys[number] = nil
      return park(number, failure, at: moment)
    }
    if refusedKeys.count >= Self.rememberedKeys { refusedKeys.removeAll() }
    refusedKeys[number] = s3.successes
    closeFailed(number, failure, isProbe: false, at: moment)
  }

  private static let rememberedKeys = 10_000

  /// S3 received other bytes than were hashed: has the file changed?
  private mutating func reread(_ number: Int64, _ failure: ServiceFailure) {
    guard var delivery = active[number]?.delivery else { return }
    // Every byte of it is looked at, whatever is known.
    delivery.isReadAnew = true
    leaveLine(number)
    active[number]?.stage = .rereading(failure)
    active[number]?.multipart = nil
    emit(.releaseContent(number))
    emit(.hash(delivery))
  }

  mutating func park(_ number: Int64, _ failure: ServiceFailure, at moment: Moment) {
    park(number, code: failure.code, reason: failure.message, ids: failure.ids, at: moment)
  }

  mutating func park(
    _ number: Int64, code: String, reason: String, ids: RequestIDs = .none, at moment: Moment
  ) {
    close(number, with: .parked(number: number, code: code, reason: reason, at: moment.wall, ids: ids))
    emit(.note(.parked(number, reason: reason)))
  }

  /// Returns the delivery to the journal, due after its backoff; in a closed scope, with the next probe.
  /// What asked nothing of the lane is no probe of it, and waits its own time; so does a file that has to be sent anew.
  mutating func closeFailed(
    _ number: Int64, _ failure: ServiceFailure, isProbe: Bool = true, at moment: Moment
  ) {
    let lane = lane(of: failure.lane)
    // What asks for its record before it is sent is a probe of S3 too, which its own time spares for so long.
    let isQuestion = failure.lane == .dynamodb && active[number]?.delivery.state == .pending
    let waitsForLane =
      isProbe && !isQuestion && !failure.failureClass.restarts
      && active[number].map { lane.isClosed($0.folder) } == true
    let next = moment.wall + (waitsForLane ? .zero : delay(of: number, after: failure, random: moment.random))
    let isRepeated = (active[number]?.delivery.failures ?? 0) >= 2
    if !waitsForLane, failure.failureClass.isOfOneDelivery || isRepeated { standAlone(number, failure) }
    close(number, with: .failed(number: number, failure, at: moment.wall, nextAttempt: next))
    emit(.note(.attemptFailed(number, failure, nextAttempt: waitsForLane ? nil : next)))
  }
}

extension DeliveryMachine {
  /// How long the delivery waits for its next attempt.
  private func delay(of number: Int64, after failure: ServiceFailure, random: Double) -> Duration {
    guard let delivery = active[number]?.delivery else { return .zero }
    if failure.failureClass.restarts {
      let wish = min(failure.retryAfter ?? .zero, settings.retry.cap)
      return max(
        wish, RetrySchedule.restart(cap: settings.retry.cap).ceiling(afterFailures: delivery.restarts + 1))
    }
    return settings.retry.delay(
      afterFailures: delivery.failures + 1, random: random, retryAfter: failure.retryAfter)
  }

  /// Notes for the status that this one delivery is refused or not confirmed, whatever others meet.
  mutating func standAlone(_ number: Int64, _ failure: ServiceFailure) {
    guard let delivery = active[number], alone.count < Self.shownAlone || alone[number] != nil else { return }
    var failure = failure
    failure.subject = delivery.toldPath
    alone[number] = Alone(path: delivery.path, isTold: delivery.toldPath != nil, failure: failure)
  }

  private static let shownAlone = 1000
}

extension FailureClass {
  /// Whether it tells of one delivery, and nothing of the service.
  fileprivate var isOfOneDelivery: Bool {
    switch self {
    case .restartUpload, .rehash, .refused, .unprovable, .unproven, .isolated, .keyRefused: true
    case .retry, .throttle, .skew, .refresh, .unreadable, .blocked, .item: false
    }
  }
}

extension ServiceFailure {
  /// Whether nobody heard what came of the request: the connection ended, or something in between answered in place of the
  /// service.
  var isNoAnswer: Bool {
    switch code {
    case "transport-resolve", "transport-connect", "transport-tls": false
    default: followsUnanswered || status == 0 || code == "http-\(status)" || failureClass == .unproven
    }
  }

  /// Whether it was us who stopped waiting.
  var isGivenUpByUs: Bool { code == "transport-timeout" || code == "transport-cancelled" }

  /// Whether one retry after refreshing the credentials or correcting the clock may help.
  var isRepairable: Bool {
    failureClass == .refresh || failureClass == .skew
  }

  /// What a repairable failure is once the repair did not help.
  var asBlocked: ServiceFailure {
    var copy = self
    copy.failureClass = .blocked
    return copy
  }

  /// Whether the service may have done what was asked all the same.
  var isUncertain: Bool {
    switch failureClass {
    case .retry, .throttle, .unproven, .unprovable: true
    default: false
    }
  }
}
