import DeliveryModel

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
