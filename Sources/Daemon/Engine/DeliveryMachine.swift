import DeliveryModel
import DequeModule

/// The rules of delivery: which step follows which, what an answer means, when to try again.
///
/// A pure value: every event is a method, what has to be done comes out of ``takeActions()``; clocks and randomness are
/// passed in. A delivery moves on only when the journal has made the step before it durable, so a crash between any two
/// lines leaves a state from which the same step is taken again.
struct DeliveryMachine: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// What the configuration decides.
  struct Settings: Sendable, Equatable {
    var retry = RetrySchedule()
    var partConcurrency = 4
    /// How many deliveries are held in memory at once.
    var window = 512
  }

  /// The moment of an event, on both clocks, and one draw of randomness (0 ..< 1) for backoff.
  struct Moment: Sendable {
    var wall: Timestamp
    var now: Instant
    var random: Double
  }

  var settings: Settings
  var s3: Lane
  var dynamodb: Lane
  /// Whether there are credentials to sign with.
  var canSign = false
  var active: [Int64: ActiveDelivery] = [:]
  /// Deliveries with something to send to S3, in order; a multipart upload goes to the end after each part.
  var uploads: Deque<Int64> = []
  var records: Deque<Int64> = []
  /// How often the bytes of a delivery turned out to be others than were hashed.
  var mismatches: [Int64: Int] = [:]
  /// Deliveries that wait in the journal for an earlier version of the same path.
  private(set) var deferred: [PathKey: Set<Int64>] = [:]
  /// Something was left to the journal that may be loaded again at once; the loop asks and clears it.
  var leftToJournal = false
  private var busyPaths: Set<PathKey> = []
  private var actions: [DeliveryAction] = []

  init(settings: Settings, concurrency: Int, now: Instant) {
    self.settings = settings
    s3 = Lane(service: .s3, ceiling: concurrency, now: now)
    dynamodb = Lane(service: .dynamodb, ceiling: concurrency, now: now)
  }

  /// What is to be done, in order; each action is handed out once.
  mutating func takeActions() -> [DeliveryAction] {
    defer { actions.removeAll(keepingCapacity: true) }
    return actions
  }

  mutating func emit(_ action: DeliveryAction) { actions.append(action) }

  // MARK: Loading

  /// How many deliveries in `state` may be loaded from the journal now.
  func appetite(for state: DeliveryState, now: Instant) -> Int {
    let lane = state == .uploaded ? dynamodb : s3
    let room = max(0, settings.window - active.count)
    guard lane.isPaused else { return room }
    guard now >= lane.probeAt, lane.inFlight == 0 else { return 0 }
    return active.values.contains { $0.delivery.state == state } ? 0 : min(1, room)
  }

  /// Takes up deliveries from the journal. Two versions of one path are never under way together: the later one stays
  /// in the journal until the earlier one is finished.
  mutating func load(_ deliveries: [Delivery]) {
    for delivery in deliveries where active[delivery.number] == nil && delivery.state.isOpen {
      let isUploaded = delivery.state == .uploaded
      let entry = ActiveDelivery(delivery: delivery, stage: isUploaded ? .recordReady : .hashing)
      guard busyPaths.insert(entry.path).inserted else {
        deferred[entry.path, default: []].insert(delivery.number)
        continue
      }
      active[delivery.number] = entry
      if isUploaded { records.append(delivery.number) } else { emit(.hash(delivery)) }
    }
  }

  // MARK: Hashing

  /// Takes in what reading the file gave.
  mutating func hashed(_ number: Int64, _ outcome: HashOutcome, at moment: Moment) {
    guard let entry = active[number], entry.stage == .hashing else { return emit(.releaseContent(number)) }
    switch outcome {
    case .hashed(let digest): accept(digest, for: entry, at: moment)
    case .gone:
      withdraw(entry, reason: "the file was removed before it was uploaded", at: moment)
    case .changed:
      withdraw(entry, reason: "the file changed before it was uploaded; its new state is a new delivery", at: moment)
      emit(.note(.torn(number)))
      emit(.resettle(entry.delivery.file))
    case .unnameable(let reason): park(number, code: "object-key", reason: reason, at: moment)
    case .unreadable(let code, let reason):
      emit(.commit(.attemptBegan(number: number, at: moment.wall)))
      closeFailed(number, .unreadableFile(code: code, reason: reason), isProbe: false, at: moment)
    }
  }

  private mutating func accept(_ digest: FileDigest, for entry: ActiveDelivery, at moment: Moment) {
    let number = entry.delivery.number
    if let previous = entry.delivery.previous, previous.sha256 == digest.prepared.sha256 {
      let identity = entry.delivery.file.identity
      close(number, with: .unchanged(number: number, of: previous.number, identity: identity, at: moment.wall))
      return emit(.note(.unchanged(number)))
    }
    if entry.delivery.prepared != digest.prepared {
      emit(.commit(.prepared(number: number, digest.prepared)))
    }
    active[number]?.delivery.prepared = digest.prepared
    active[number]?.partDigests = digest.partDigests
    active[number]?.partSize = digest.partSize
    active[number]?.stage = .preparing
    emit(.commit(.attemptBegan(number: number, at: moment.wall)))
  }

  private mutating func withdraw(_ entry: ActiveDelivery, reason: String, at moment: Moment) {
    let number = entry.delivery.number
    if let multipart = entry.delivery.multipart { emit(.abortMultipart(number, uploadID: multipart.uploadID)) }
    close(number, with: .withdrawn(number: number, reason: reason, at: moment.wall))
    emit(.note(.withdrawn(number, reason: reason)))
  }

  // MARK: Journal

  /// Takes in that a change is durable.
  mutating func committed(_ change: JournalChange, at moment: Moment) {
    guard let number = change.number, active[number] != nil else { return }
    switch change {
    case .attemptBegan: attemptBegan(number)
    case .uploaded(_, let receipt): receiptSaved(number, receipt)
    case .multipartBegan(_, let uploadID, let partSize): multipartBegan(number, uploadID: uploadID, partSize: partSize)
    case .partUploaded(_, let part, let acknowledged): partSaved(number, part: part, acknowledged, at: moment)
    case .logged(_, _, let alreadyRecorded):
      emit(.note(.delivered(number, alreadyRecorded: alreadyRecorded)))
      forget(number)
    case .failed, .parked, .withdrawn, .unchanged: forget(number)
    case .received, .prepared, .retried, .multipartForgotten, .disposed: break
    }
  }

  private mutating func attemptBegan(_ number: Int64) {
    active[number]?.delivery.attempts += 1
    guard let entry = active[number], entry.stage == .preparing else { return }
    if entry.partSize != nil {
      active[number]?.stage = .multipart
      resumeMultipart(number)
    } else {
      active[number]?.stage = .uploadReady
    }
    uploads.append(number)
  }

  private mutating func receiptSaved(_ number: Int64, _ receipt: UploadReceipt) {
    active[number]?.delivery.receipt = receipt
    active[number]?.delivery.state = .uploaded
    active[number]?.delivery.multipart = nil
    active[number]?.multipart = nil
    if dynamodb.isPaused {
      leftToJournal = true
      forget(number)
    } else {
      active[number]?.stage = .recordReady
      records.append(number)
    }
  }

  /// Everything that a query for more should leave out.
  var heldNumbers: Set<Int64> {
    deferred.values.reduce(into: Set(active.keys)) { $0.formUnion($1) }
  }

  // MARK: Ending

  /// Ends the attempt: the content is let go, and the delivery leaves memory once `change` is durable.
  mutating func close(_ number: Int64, with change: JournalChange) {
    active[number]?.stage = .closing
    leaveLine(number)
    emit(.commit(change))
    emit(.releaseContent(number))
  }

  /// A multipart upload may stand in the line for S3 with nothing more to send.
  mutating func leaveLine(_ number: Int64) {
    if active[number]?.partSize != nil { uploads.removeAll { $0 == number } }
  }

  /// Lets a delivery go from memory; the journal holds it.
  mutating func forget(_ number: Int64) {
    guard let entry = active.removeValue(forKey: number) else { return }
    busyPaths.remove(entry.path)
    if deferred.removeValue(forKey: entry.path) != nil { leftToJournal = true }
  }

  /// Lets go of everything that waits for a paused lane: the journal keeps it, and the probe takes one up again.
  mutating func letGo(of lane: ServiceLane) {
    switch lane {
    case .s3:
      for number in uploads where active[number]?.multipart?.isIdle ?? true { release(number) }
      uploads.removeAll { active[$0] == nil }
    case .dynamodb:
      for number in records { release(number) }
      records.removeAll()
    case .sts: break
    }
  }

  /// A request of it was cancelled because the daemon stops: the journal keeps it as it is.
  mutating func cancelled(_ number: Int64, _ service: ServiceLane) {
    if service == .dynamodb { dynamodb.ended() } else { s3.ended() }
    release(number)
  }

  private mutating func release(_ number: Int64) {
    leftToJournal = true
    emit(.releaseContent(number))
    forget(number)
  }
}

extension ServiceFailure {
  /// The file could not be read: nothing was asked of any service, the delivery waits on the S3 side.
  static func unreadableFile(code: String, reason: String) -> ServiceFailure {
    ServiceFailure(lane: .s3, failureClass: .retry, code: code, message: reason)
  }
}
