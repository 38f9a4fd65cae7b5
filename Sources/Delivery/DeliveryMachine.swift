package import DeliveryModel

/// The rules of delivery: which step follows which, what an answer means, when to try again.
///
/// A pure value: every event is a method, what has to be done comes out of ``takeActions()``; clocks and randomness are
/// passed in. A delivery moves on only when the journal has made the step before it durable, so a crash between any two
/// lines leaves a state from which the same step is taken again.
package struct DeliveryMachine: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// What the configuration decides.
  struct Settings: Sendable, Equatable {
    var retry = RetrySchedule()
    var partConcurrency = 4
    /// How many deliveries are held in memory at once.
    var window = 512
    /// Where objects go: what was hashed for another bucket is prepared anew.
    var bucket = ""

    /// How many of these may be of one folder.
    var folderWindow: Int { max(1, window - window / 4) }
    /// A folder that has no more than this in hand has room again for what is worth a query.
    var folderThreshold: Int { max(0, folderWindow - Backlog.batch) }
    /// What folders want done once a file is delivered, by folder.
    var errands: [String: [ErrandRule]] = [:]
    /// What the folder at each path is called.
    var names: [[UInt8]: String] = [:]
    /// Folders that may refuse files.
    var refusing: Set<String> = []
    /// Folders that delete what is delivered.
    var deleting: Set<String> = []
    /// What uploads in parts are verified by; what was found out about the server is the machine's.
    var checksums = ChecksumPolicy()
    /// Whether each record has an entry in the custody ledger.
    var keepsLedger = false
  }

  /// A delivery that waits by itself, and why.
  package struct Alone: Sendable, Equatable {
    package var path: PathKey
    /// Whether more than a few may know of the file.
    package var isTold: Bool
    package var failure: ServiceFailure
  }

  /// The moment of an event, on both clocks, and one draw of randomness (0 ..< 1) for backoff.
  struct Moment: Sendable {
    var wall: Timestamp
    var now: Instant
    var random: Double
    /// What has to be added to `wall` to have the services' time, as far as they told.
    var serviceOffset = Duration.zero
  }

  var settings: Settings {
    didSet {
      countFolders()
      let finding = checksums.finding
      checksums = settings.checksums
      checksums.recall(finding)
    }
  }
  /// What uploads in parts are verified by.
  var checksums: ChecksumPolicy
  var s3: AdmissionControl
  var dynamodb: AdmissionControl
  /// Whether there are credentials to sign with.
  var canSign = false
  var active: [Int64: ActiveDelivery] = [:]
  /// Small files to send to S3.
  var uploads = FairQueue()
  /// Uploads in parts that have a request to send; each goes to the end after every part.
  var multiparts = FairQueue()
  var records = FairQueue()
  /// Requests of multipart uploads under way.
  var multipartRequests = 0
  /// Whether an upload in parts is next where a small file waits too.
  var isMultipartTurn = false
  /// Requests that are sent again in a moment.
  var resting: [RestingRequest] = []
  /// Deliveries that wait in the journal for an earlier version of the same path.
  var deferred: [PathKey: Set<Int64>] = [:]
  /// How many deliveries of each folder are held.
  var inHand: [String: Int] = [:]
  /// Something was left to the journal that may be loaded again at once; the loop asks and clears it.
  var leftToJournal = false
  /// Deliveries that are refused, or not confirmed, while nothing is wrong with the service: what the status names.
  var alone: [Int64: Alone] = [:]
  /// Deliveries whose key S3 refused, and how many of its requests had succeeded by then.
  var refusedKeys: [Int64: Int] = [:]
  /// Deliveries that are being ended in the journal: not to be loaded any more.
  var dismissing: Set<Int64> = []
  /// Of what records wait for DynamoDB in the journal that were not tried yet.
  var newRecords: [PathKey] = []
  /// Deliveries that arrived so far, for S3 or for DynamoDB, and how many had when each state was last searched.
  var newcomers = 0
  var newcomersSearched: [DeliveryState: Int] = [:]
  /// Folders with nothing in memory of which something may wait: see ``Backlog/batch``.
  var unasked: Set<String> = []
  var busyPaths: Set<PathKey> = []
  /// Folders of which the journal may hold more that is due: the last query took as many as they may have in hand.
  var shortened: Set<String> = []
  /// Files that are read to be compared with what a delivery is of, by its number.
  var comparisons: [Int64: Comparison] = [:]
  /// What came of them and the watcher may not have seen in the journal.
  var successors: [PathKey: Successor] = [:]
  /// Whether what first scans find is recorded already.
  var lookups = RecordLookups()
  /// Folders whose files are not to be read.
  var away: [String: Absence] = [:]
  private var actions: [DeliveryAction] = []

  init(settings: Settings, concurrency: Int, now: Instant) {
    self.settings = settings
    checksums = settings.checksums
    s3 = AdmissionControl(service: .s3, ceiling: concurrency, now: now)
    dynamodb = AdmissionControl(service: .dynamodb, ceiling: concurrency, now: now)
    countFolders()
  }

  private mutating func countFolders() {
    s3.breaker.folderCount = max(1, settings.names.count)
    dynamodb.breaker.folderCount = s3.breaker.folderCount
  }

  /// What is to be done, in order; each action is handed out once.
  mutating func takeActions() -> [DeliveryAction] {
    defer { actions.removeAll(keepingCapacity: true) }
    return actions
  }

  /// Changes a delivery where it lies: through the subscript it would be copied out and back, all its parts counted.
  mutating func change(_ number: Int64, _ body: (inout ActiveDelivery) -> Void) {
    guard let index = active.index(forKey: number) else { return }
    body(&active.values[index])
  }

  mutating func emit(_ action: DeliveryAction) { actions.append(action) }

  // MARK: Journal

  /// Takes in that a change is durable.
  mutating func committed(_ change: JournalChange, at moment: Moment) {
    if case .received(let file) = change {
      newcomers += 1
      s3.breaker.newcomer(at: PathKey(folder: file.folder, path: file.path), now: moment.now)
      if inHand[file.folder] == nil { unasked.insert(file.folder) }
      arrived(file)
    }
    defer {
      newcomers += newRecords.count
      for place in newRecords { dynamodb.breaker.newcomer(at: place, now: moment.now) }
      newRecords.removeAll()
    }
    guard let number = change.number, active[number] != nil else { return }
    switch change {
    case .attemptBegan: attemptBegan(number, at: moment)
    case .completionBegan(_, let until): completionAnnounced(number, until: until)
    case .uploaded(_, let receipt): receiptSaved(number, receipt)
    case .multipartBegan(_, let uploadID, let partSize, let checksum, let target):
      multipartBegan(
        number, MultipartProgress(uploadID: uploadID, partSize: partSize, checksum: checksum, target: target),
        at: moment)
    case .prepared(_, let prepared): aheadSaved(number, prepared, at: moment)
    case .partUploaded(_, let part, let acknowledged): partSaved(number, part: part, acknowledged, at: moment)
    case .identified(_, let id, let objectKey): renamed(number, id, objectKey, at: moment)
    case .judged(_, let verdict): judged(number, verdict)
    case .recognized(let file, _):
      self.change(number) { $0.delivery.file = $0.delivery.file.inState(file.identity) }
    case .logged(_, _, let alreadyRecorded, _):
      if active[number]?.delivery.verdict?.isRejected == true { return forget(number) }
      emit(.note(.delivered(number, alreadyRecorded: alreadyRecorded)))
      forget(number)
    case .failed, .parked, .withdrawn, .unchanged, .known: forget(number)
    case .received, .asked, .digested, .crashed, .retried, .completionTakenBack, .multipartForgotten, .errand,
      .checksumFound, .alert:
      break
    }
  }

  private mutating func attemptBegan(_ number: Int64, at moment: Moment) {
    change(number) { $0.delivery.attempts += 1 }
    guard active[number]?.stage == .preparing, !asksFirst(number) else { return }
    beginUpload(number, at: moment)
  }

  /// All that has to be known before it is sent is known.
  mutating func beginUpload(_ number: Int64, at moment: Moment) {
    guard let entry = active[number] else { return }
    if entry.partSize != nil {
      change(number) { $0.stage = .multipart }
      if entry.ahead?.outcome != nil { return concludeAhead(number, at: moment) }
      resumeMultipart(number)
      if announceCompletion(number, at: moment) { return }
    } else {
      change(number) { $0.stage = .uploadReady }
    }
    line(up: number)
  }

  private mutating func receiptSaved(_ number: Int64, _ receipt: UploadReceipt) {
    change(number) { $0.delivery.receipt = receipt }
    awaitRecord(number)
  }

  /// S3's part is over.
  mutating func awaitRecord(_ number: Int64) {
    change(number) {
      $0.delivery.state = .uploaded
      $0.delivery.multipart = nil
      $0.delivery.failures = 0
      $0.multipart = nil
    }
    if let place = active[number]?.path, dynamodb.isClosed(place.folder) {
      leftToJournal = true
      forget(number)
      newRecords.append(place)
    } else {
      change(number) { $0.stage = .recordReady }
      line(up: number)
    }
  }

  // MARK: Lines

  /// Puts a delivery into the line of what it does next, at the end or before all others.
  mutating func line(up number: Int64, first: Bool = false) {
    guard let entry = active[number] else { return }
    switch entry.stage {
    case .recordReady, .questionReady: Self.add(number, of: entry.folder, to: &records, first)
    case .uploadReady: Self.add(number, of: entry.folder, to: &uploads, first)
    case .multipart:
      // After every answer, and so perhaps already there.
      if first { leaveLine(number) } else if multiparts.contains(number, folder: entry.folder) { return }
      Self.add(number, of: entry.folder, to: &multiparts, first)
    default: break
    }
  }

  private static func add(_ number: Int64, of folder: String, to line: inout FairQueue, _ first: Bool) {
    if first {
      line.prepend(number, folder: folder)
    } else {
      line.append(number, folder: folder)
    }
  }

  /// It has nothing more to send for now.
  mutating func leaveLine(_ number: Int64) {
    guard let entry = active[number] else { return }
    switch entry.stage {
    case .recordReady, .questionReady: records.remove(number, folder: entry.folder)
    case .uploadReady: uploads.remove(number, folder: entry.folder)
    default: if entry.partSize != nil { multiparts.remove(number, folder: entry.folder) }
    }
  }

  // MARK: Ending

  /// Ends the attempt: the content is let go, and the delivery leaves memory once `change` is durable.
  mutating func close(_ number: Int64, with change: JournalChange) {
    leaveLine(number)
    switch change {
    case .parked, .withdrawn, .unchanged, .known: alone[number] = nil
    default: break
    }
    self.change(number) {
      $0.stage = .closing
      $0.ahead = nil
    }
    emit(.commit(change))
    emit(.releaseContent(number))
  }

  /// Lets a delivery go from memory; the journal holds it.
  mutating func forget(_ number: Int64) {
    guard let entry = active.removeValue(forKey: number) else { return }
    s3.breaker.forgotten(number)
    dynamodb.breaker.forgotten(number)
    if !resting.isEmpty { resting.removeAll { $0.number == number } }
    busyPaths.remove(entry.path)
    let left = inHand[entry.folder, default: 1] - 1
    inHand[entry.folder] = left > 0 ? left : nil
    if left == 0 { unasked.insert(entry.folder) }
    // The next one may be asked for in its place.
    if dynamodb.opening != nil, entry.delivery.file.discovery == .firstScan { leftToJournal = true }
    if left <= settings.folderThreshold, shortened.remove(entry.folder) != nil { leftToJournal = true }
    takeUpDeferred(entry.path)
  }

  /// Lets the earliest of a path's other versions be loaded. The rest wait for its end: to ask for all of them each time
  /// would cost the more, the oftener the file was saved.
  private mutating func takeUpDeferred(_ path: PathKey) {
    guard let index = deferred.index(forKey: path), let next = deferred.values[index].min() else { return }
    deferred.values[index].remove(next)
    if deferred.values[index].isEmpty { deferred.remove(at: index) }
    leftToJournal = true
  }

  /// Lets go of everything that waits for a scope of which only probes are sent: the journal keeps it, and has the probes.
  mutating func letGo(of service: ServiceLane, _ scope: CircuitBreaker.Scope) {
    var keptQuestions = 0
    for number in active.keys.sorted() {
      if let entry = active[number], entry.service == service, entry.ahead?.isSaving == false, entry.hasNothingUnderWay,
        scope.holds(entry.folder)
      {
        setAside(number)
        continue
      }
      guard let entry = active[number], entry.service == service, entry.isIdle,
        !lane(of: service).breaker.isUnderWay(number)
      else { continue }
      if case .folder(let folder) = scope, folder != entry.folder { continue }
      // No query for records finds these: they have to be read first.
      if service == .dynamodb, entry.delivery.state == .pending, keptQuestions < Self.keptQuestions {
        keptQuestions += 1
        continue
      }
      leaveLine(number)
      release(number)
    }
  }

  /// A request of it was cancelled because the daemon stops: the journal keeps it as it is.
  mutating func cancelled(_ number: Int64, _ service: ServiceLane) {
    change(service) { $0.ended(number) }
    if service == .s3, active[number]?.partSize != nil { multipartRequests -= 1 }
    if case .sent? = active[number]?.multipart?.completion { active[number]?.isCompletionUnanswered = true }
    release(number)
  }

  mutating func release(_ number: Int64) {
    guard active[number] != nil else { return }
    leftToJournal = true
    takeBackCompletion(number)
    emit(.releaseContent(number))
    forget(number)
  }
}
