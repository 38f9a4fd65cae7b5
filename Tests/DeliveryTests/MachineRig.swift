import AWSClients
import DeliveryJournal
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

/// A delivery machine with both clocks in hand; journal commits and requests are answered by the test.
struct MachineRig {
  var machine: DeliveryMachine
  var now = Fixture.start
  var wall = Fixture.wall
  var random = 0.5

  init(concurrency: Int = 8, partConcurrency: Int = 2, window: Int = 512) {
    let settings = DeliveryMachine.Settings(
      retry: RetrySchedule(base: .seconds(10), cap: .seconds(900)), partConcurrency: partConcurrency, window: window,
      bucket: "files")
    machine = DeliveryMachine(settings: settings, concurrency: concurrency, now: now)
    machine.canSign = true
    // Something of the folder has passed before.
    let place = PathKey(folder: "inbox", path: Fixture.path("before"))
    for service in [ServiceLane.s3, .dynamodb] {
      machine.change(service) { $0.started(99, of: place, now: Fixture.start) }
      machine.tell(service) {
        $0.succeeded(99, of: place, size: .max, at: Fixture.wall, now: Fixture.start)
      }
    }
  }

  /// Another file of the folder is being read, and waits for nothing else: one that fails is not all there is.
  mutating func addBystander(_ delivery: Delivery = Fixture.delivery(500, name: "bystander")) {
    machine.load([delivery], at: moment)
    _ = machine.takeActions()
  }

  var moment: DeliveryMachine.Moment { DeliveryMachine.Moment(wall: wall, now: now, random: random) }

  /// Lets the lanes start what they can, and returns all that is to be done.
  mutating func actions() -> [DeliveryAction] {
    machine.pump(now: now)
    return machine.takeActions()
  }

  mutating func commit(_ changes: JournalChange...) {
    for change in changes { machine.committed(change, at: moment) }
  }

  /// Commits whatever has been asked to be committed; returns all the actions, these included.
  mutating func settle() -> [DeliveryAction] {
    var all: [DeliveryAction] = []
    while true {
      let batch = actions()
      if batch.isEmpty { return all }
      all += batch
      for case .commit(let change) in batch { machine.committed(change, at: moment) }
    }
  }

  /// Loads deliveries and answers their hashing with `content`, durably; their requests are among the actions.
  mutating func begin(_ deliveries: Delivery..., parts: Int = 0) -> [DeliveryAction] {
    machine.load(deliveries, at: moment)
    _ = machine.takeActions()
    for delivery in deliveries {
      machine.hashed(delivery.number, .hashed(Self.digest(of: delivery, parts: parts)), at: moment)
    }
    return settle()
  }

  /// Answers the request of delivery 1 by `failure` until it is given up; returns what followed.
  mutating func failObject(_ failure: ServiceFailure) -> [DeliveryAction] {
    var all: [DeliveryAction] = []
    while machine.active[1]?.stage == .uploading {
      machine.objectAnswered(1, .failure(failure), at: moment)
      now += .seconds(3)
      all += settle()
    }
    return all
  }

  /// Answers the search of the machine in its one closed scope by `deliveries`.
  mutating func search(_ deliveries: [Delivery], for purpose: DueRequest.Purpose, nextDue: Timestamp? = nil) throws {
    let wanted = machine.search(for: .pending, now: now)
    let search = try #require(wanted)
    #expect(search.purpose == purpose)
    let request = machine.request(search, for: .pending, now: wall, horizon: .seconds(900))
    machine.loaded(deliveries, for: request, nextDue: nextDue, at: moment)
  }

  static let partSize: Int64 = 100

  static func digest(of delivery: Delivery, content: UInt64 = 1, parts: Int = 0) -> FileDigest {
    FileDigest(
      prepared: delivery.prepared ?? Fixture.prepared(content), partSize: parts > 0 ? partSize : nil,
      partDigests: (0..<parts).map { Fixture.digest(UInt64($0) + 1000) })
  }

  static let object = ObjectAcknowledgement(etag: "\"e\"", versionID: "v1")
}

extension AdmissionControl {
  /// Whether nothing but probes goes to the service; a rig has one folder.
  var isPaused: Bool { opening != nil }
  var inFlight: Int { breaker.inFlight }
  /// What a folder's repetitions may still cost.
  var tokens: Int {
    var (lane, count) = (self, 0)
    var retry = StandardRetry()
    while lane.delay(&retry, after: Fixture.failure(.retry), "inbox", random: 0) != nil {
      count += 1
      retry = StandardRetry()
    }
    return count
  }

  /// A request fails, of no delivery that is held.
  mutating func fail(_ failureClass: FailureClass, at wall: Timestamp, now: Instant) {
    let place = PathKey(folder: "inbox", path: Fixture.path("other"))
    started(90, of: place, now: now)
    ended(90)
    _ = breaker.failed(
      Fixture.failure(failureClass), of: 90, at: place, rest: CircuitBreaker.Rest(), wall: wall, now: now, random: 0)
  }
}

extension [DeliveryAction] {
  var changes: [JournalChange] { compactMap { if case .commit(let change) = $0 { change } else { nil } } }

  var parts: [Int] { compactMap { if case .uploadPart(_, let part) = $0 { part } else { nil } } }

  var hashes: [Int64] { compactMap { if case .hash(let delivery) = $0 { delivery.number } else { nil } } }

  /// Requests that change something in S3 or DynamoDB.
  var requests: [DeliveryAction] {
    filter {
      switch $0 {
      case .putObject, .createMultipart, .uploadPart, .completeMultipart, .putRecord, .askForRecord: true
      case .hash, .commit, .abortMultipart, .releaseContent, .resettle, .refreshCredentials, .adjustClock, .note,
        .releasePart, .letGoOfReading:
        false
      }
    }
  }
}
