package import ControlSocket
package import DeliveryJournal
package import DeliveryModel
package import SystemSupport

/// The engine's hand to the journal: one job at a time, in the order they were asked for, each answered by an event.
///
/// While a commit waits for the disk the engine goes on, and everything that becomes ready meanwhile is the next
/// commit: that is the group commit.
package struct JournalPort: Sendable {
  package enum Job: Sendable {
    case commit([JournalChange])
    case load(DueRequest)
    case retry(RetryRequest, at: Timestamp, underWay: [Int64], Reply<RetryOutcome>)
    case dismiss([Int64], at: Timestamp, underWay: [Int64], Reply<DismissalOutcome>)
    /// Proof of life is wanted.
    case ping
  }

  let journal: Journal
  package let jobs = Mailbox<Job>()
  let events: Mailbox<EngineEvent>
  let pulse: Pulse
  /// For ``JournalLogService``.
  package let logGrown = Mailbox<Void>()

  package init(journal: Journal, events: Mailbox<EngineEvent>, pulse: Pulse) {
    self.journal = journal
    self.events = events
    self.pulse = pulse
  }

  /// Works until cancelled. Throws when the storage failed: what was not acknowledged then is not durable, and this
  /// process must not go on.
  func run() async throws {
    defer {
      jobs.close()
      _ = jobs.takeNow()
    }
    while !Task.isCancelled {
      for job in await jobs.take() { try await perform(job) }
    }
  }

  private func perform(_ job: Job) async throws {
    switch job {
    case .commit(let changes):
      do {
        let done = try await journal.perform(changes)
        events.post(.committed(done.made, numbers: done.numbers))
        if journal.logSize > Journal.logBound { logGrown.post(()) }
      } catch .storageFull(let reason) {
        events.post(.notCommitted(changes, reason: "\(JournalError.storageFull(reason: reason))"))
      } catch .busy {
        events.post(.notCommitted(changes, reason: "\(JournalError.busy)"))
      }
    case .load(let request):
      do throws(JournalError) {
        let deliveries = try await journal.due(request)
        let next =
          deliveries.count < request.limit
          ? try await journal.nextDue(
            in: request.state, after: request.dueBefore, without: request.without, only: request.only)
          : request.dueBefore
        events.post(.loaded(request, deliveries, nextDue: next))
      } catch .storageFull(let reason) {
        events.post(.notLoaded(request, reason: "\(JournalError.storageFull(reason: reason))"))
      } catch .busy {
        events.post(.notLoaded(request, reason: "\(JournalError.busy)"))
      }
    case .ping: pulse.beat()
    case .retry(let request, let moment, let underWay, let reply):
      try await answer(reply) { () async throws(JournalError) in
        let retried = try await journal.retry(request, at: moment)
        return (.retried(retried.reopened), RetryOutcome(retried, underWay: Set(underWay)))
      }
    case .dismiss(let numbers, let moment, let underWay, let reply):
      let isDone = try await answer(reply) { () async throws(JournalError) in
        let dismissed = try await journal.dismiss(numbers, at: moment)
        return (.dismissed(numbers, dismissed.ended), DismissalOutcome(dismissed, underWay: Set(underWay)))
      }
      if !isDone { events.post(.dismissed(numbers, [])) }
    }
  }

  /// What cannot be done now is reported to who asked; returns whether it was done.
  @discardableResult
  private func answer<Value>(
    _ reply: Reply<Value>, _ work: () async throws(JournalError) -> (EngineEvent, Value)
  ) async throws -> Bool {
    do {
      let (event, value) = try await work()
      events.post(event)
      reply.give(.success(value))
      return true
    } catch .storageFull(let reason) {
      reply.give(.failure(JournalError.storageFull(reason: reason)))
    } catch .busy {
      reply.give(.failure(JournalError.busy))
    }
    return false
  }
}

extension Journal {
  /// Makes deliveries due now.
  package func retry(_ request: RetryRequest, at moment: Timestamp) async throws(JournalError) -> Retried {
    switch request {
    case .all: try await retry(nil, at: moment)
    case .folder(let name): try await retry(folder: name, at: moment)
    case .numbers(let numbers): try await retry(numbers, at: moment)
    }
  }
}

/// Changes waiting for the journal, and who waits for them. One batch is under way at a time; all that arrives meanwhile
/// is the next.
///
/// While more is on its way, a small batch waits a moment for company: each commit is one fsync, however much is in it.
struct CommitQueue {
  typealias Waiter = CheckedContinuation<Void, any Error>

  private var changes: [JournalChange] = []
  private var waiters: [Waiter] = []
  private var waitersUnderWay: [Waiter] = []
  private var waitersDone: [Waiter] = []
  private var isUnderWay = false
  /// Whoever waits wants to end, and need not be told of success any more.
  private var isLettingGo = false
  /// When the oldest of the waiting changes was seen.
  private var oldest: ContinuousClock.Instant?
  /// Set while the disk is full.
  private(set) var retryAt: ContinuousClock.Instant?

  var isIdle: Bool { changes.isEmpty && !isUnderWay }

  /// What waits cannot be written now. It was acknowledged to nobody, so the end of the daemon need not wait for it.
  var isHeldUp: Bool { retryAt != nil && !isUnderWay }

  mutating func add(_ new: some Sequence<JournalChange>, waiter: Waiter? = nil) {
    changes.append(contentsOf: new)
    if let waiter { waiters.append(waiter) }
  }

  /// As many changes as are worth a commit of their own.
  static let worthwhile = 128
  /// The longest that a change waits for others.
  static let patience = Duration.milliseconds(4)

  /// When ``next(now:mayGrow:)`` has a batch though nothing new came; nil for never.
  var nextLook: ContinuousClock.Instant? { retryAt ?? (isUnderWay ? nil : oldest.map { $0 + Self.patience }) }

  /// The batch to commit now, if none is under way. `mayGrow`: answers are awaited that will bring more.
  mutating func next(now: ContinuousClock.Instant, mayGrow: Bool = false) -> [JournalChange]? {
    if let retryAt, now < retryAt { return nil }
    guard !isUnderWay, !changes.isEmpty else { return nil }
    let since = oldest ?? now
    oldest = since
    if mayGrow, changes.count < Self.worthwhile, now < since + Self.patience { return nil }
    oldest = nil
    retryAt = nil
    isUnderWay = true
    waitersUnderWay = waiters
    waiters = []
    defer { changes = [] }
    return changes
  }

  /// The batch is durable.
  mutating func finished() {
    isUnderWay = false
    waitersDone += waitersUnderWay
    waitersUnderWay = []
  }

  /// Tells those who waited for it. Called once everything that follows from the batch can be seen from outside, so that
  /// nobody who asks in between finds the files nowhere.
  mutating func resumeFinished() {
    for waiter in waitersDone { waiter.resume() }
    waitersDone = []
  }

  /// Nothing of the batch was written; it goes first when it is tried again.
  mutating func failed(_ batch: [JournalChange], retryAt moment: ContinuousClock.Instant) {
    isUnderWay = false
    changes = batch + changes
    waiters = waitersUnderWay + waiters
    waitersUnderWay = []
    retryAt = moment
    if isLettingGo { abandon() }
  }

  /// Whoever waits wants to end: it is told at once that nothing is durable, unless the disk says so right now.
  mutating func letGo() {
    isLettingGo = true
    if isHeldUp { abandon() }
  }

  /// The engine ends: whoever still waits hears that nothing is durable.
  mutating func abandon() {
    for waiter in waitersUnderWay + waiters { waiter.resume(throwing: CancellationError()) }
    waitersUnderWay = []
    waiters = []
  }
}

/// Batches of the watcher that are not acknowledged yet because too many files are being compared: a folder gives the next
/// batch only after that, so that no more than these are held, however many files were touched. Other folders' batches pass.
struct ComparisonQueue {
  struct Batch {
    let folder: String
    let changes: [JournalChange]
    let waiter: CommitQueue.Waiter
  }

  private var batches: [Batch] = []

  mutating func add(_ batch: Batch) { batches.append(batch) }

  /// The batches whose turn has come. `underWay` tells how many files of each folder are being compared, where these are
  /// many.
  mutating func take(underWay: () -> [String: Int]) -> [Batch] {
    guard !batches.isEmpty else { return [] }
    let counts = underWay()
    let isFree = { (batch: Batch) in counts[batch.folder, default: 0] <= DeliveryMachine.comparisonLimit }
    defer { batches.removeAll(where: isFree) }
    return batches.filter(isFree)
  }

  /// The engine ends: whoever still waits hears that nothing is durable.
  mutating func abandon() {
    for batch in batches { batch.waiter.resume(throwing: CancellationError()) }
    batches = []
  }
}

extension EngineLoop {
  /// Makes durable what is left of the watcher's batches, and lets it go on.
  mutating func acknowledge() {
    for batch in comparing.take(underWay: { machine.comparisonsByFolder }) {
      if batch.changes.isEmpty { batch.waiter.resume() } else { commits.add(batch.changes, waiter: batch.waiter) }
    }
  }
}
