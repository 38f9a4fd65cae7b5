import AWSClients
import DeliveryModel

/// A multipart upload while it runs: which parts are left, which are under way. A pure value.
struct MultipartRun: Sendable, Equatable {
  let plan: MultipartPlan
  private(set) var remaining: [Int]
  private(set) var inFlight: Set<Int> = []
  /// Parts up to this one are there to be sent.
  private(set) var readCount: Int
  /// No more parts are begun.
  private(set) var isStopped = false
  /// Parts that failed for a moment, and how often.
  private var retries: [Int: StandardRetry] = [:]
  private var resting: Set<Int> = []
  /// Parts that were refused unsigned.
  private(set) var signed: Set<Int> = []
  private(set) var completion = Completion.open
  /// The first failure; no new part starts after it, and the attempt ends when the parts under way have ended.
  private(set) var failure: ServiceFailure?

  /// The last request, which S3 may go on carrying out for minutes when nobody listens any more.
  enum Completion: Sendable, Equatable {
    /// Parts are left, or just acknowledged.
    case open
    /// That it is about to be sent is on its way into the journal.
    case announced
    /// It may be sent; no other attempt begins before the moment.
    case due(until: Timestamp)
    case sent(until: Timestamp)
  }

  /// How long S3 may take to join the parts: "several minutes", without an upper end that AWS names.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  static let completionTime = Duration.seconds(15 * 60)

  /// Resumes with the parts that the journal holds, provided that their checksums are those of the file as it is now.
  init(plan: MultipartPlan, acknowledged: [Int: UploadedPart], digests: [PartChecksum], isAhead: Bool = false) {
    self.plan = plan
    readCount = isAhead ? min(digests.count, plan.partCount) : plan.partCount
    remaining = (0..<readCount).map { $0 + 1 }.reversed().filter { part in
      guard let known = acknowledged[part], part <= digests.count else { return true }
      return known.checksum != digests[part - 1]
    }
  }

  var isIdle: Bool {
    switch completion {
    case .open, .due: inFlight.isEmpty
    case .announced, .sent: false
    }
  }

  var hasAllParts: Bool { readCount == plan.partCount && remaining.isEmpty && inFlight.isEmpty && resting.isEmpty }

  /// The next part to send, in ascending order.
  mutating func startPart() -> Int? {
    guard failure == nil, !isStopped, completion == .open, let part = remaining.popLast() else { return nil }
    inFlight.insert(part)
    return part
  }

  /// A further part was read, which S3 may have.
  mutating func read(_ part: Int, isAcknowledged: Bool) {
    readCount = max(readCount, part)
    if !isAcknowledged { remaining.insert(part, at: 0) }
  }

  /// What reading gave ends the upload, or the attempt.
  mutating func stop() { isStopped = true }

  mutating func partEnded(_ part: Int) { inFlight.remove(part) }

  func retry(ofPart part: Int) -> StandardRetry { retries[part] ?? StandardRetry() }

  /// The part is sent again after a while.
  mutating func rest(_ part: Int, _ retry: StandardRetry) {
    retries[part] = retry
    resting.insert(part)
  }

  mutating func wake(_ part: Int) {
    if resting.remove(part) != nil { remaining.append(part) }
  }

  /// The part is sent again at once, signed over its SHA-256.
  mutating func sign(_ part: Int) {
    signed.insert(part)
    remaining.append(part)
  }

  /// The part failed for longer than a moment.
  mutating func fail(_ part: Int, _ failure: ServiceFailure) {
    self.failure = self.failure ?? failure
    remaining.append(part)
  }

  /// What made parts fail is mended: they are sent again, and no other that S3 has, whether or not the journal knows yet.
  mutating func mend() {
    failure = nil
    for part in resting { wake(part) }
  }

  mutating func announceCompletion() { completion = .announced }
  mutating func completionAnnounced(until: Timestamp) { completion = .due(until: until) }

  mutating func startCompleting() {
    if case .due(let until) = completion { completion = .sent(until: until) }
  }

  /// It was answered, or nobody will answer any more. Returns the moment before which no other attempt begins.
  mutating func completionEnded() -> Timestamp? {
    guard case .sent(let until) = completion else { return nil }
    completion = .due(until: until)
    return until
  }
}
