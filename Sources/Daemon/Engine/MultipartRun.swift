import AWSClients
import DeliveryModel

/// A multipart upload while it runs: which parts are left, which are under way. A pure value.
struct MultipartRun: Sendable, Equatable {
  let plan: MultipartPlan
  private(set) var remaining: [Int]
  private(set) var inFlight: Set<Int> = []
  /// Parts that failed for a moment, and how often.
  private var retries: [Int: StandardRetry] = [:]
  private var resting: Set<Int> = []
  private(set) var isCompleting = false
  /// The first failure; no new part starts after it, and the attempt ends when the parts under way have ended.
  private(set) var failure: ServiceFailure?

  /// Resumes with the parts that the journal holds, provided that their digests are those of the file as it is now.
  init(plan: MultipartPlan, acknowledged: [Int: UploadedPart], digests: [SHA256Digest]) {
    self.plan = plan
    remaining = (1...plan.partCount).reversed().filter { part in
      guard let known = acknowledged[part], part <= digests.count else { return true }
      return known.sha256 != digests[part - 1]
    }
  }

  var isIdle: Bool { inFlight.isEmpty && !isCompleting }
  var hasAllParts: Bool { remaining.isEmpty && inFlight.isEmpty && resting.isEmpty }

  /// The next part to send, in ascending order.
  mutating func startPart() -> Int? {
    guard failure == nil, !isCompleting, let part = remaining.popLast() else { return nil }
    inFlight.insert(part)
    return part
  }

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

  mutating func startCompleting() { isCompleting = true }
  mutating func completionEnded() { isCompleting = false }
}
