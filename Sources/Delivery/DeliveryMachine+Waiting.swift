import DeliveryModel

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
