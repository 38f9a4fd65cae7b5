import AWSClients
import DeliveryJournal
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct DeliveryMachineFailureTests {
  @Test(
    "a failure that no repetition mends returns the delivery to the journal, due after its backoff",
    arguments: [FailureClass.retry, .throttle])
  func backoff(failureClass: FailureClass) {
    var rig = MachineRig()
    rig.addBystander()
    _ = rig.begin(Fixture.delivery())
    let actions = rig.failObject(Fixture.failure(failureClass))
    #expect(actions.failure?.next == rig.wall + .seconds(5))
    #expect(actions.contains(.releaseContent(1)))
    #expect(Array(rig.machine.active.keys) == [500])
  }

  @Test("the only file of a folder that fails is all that is known: it is probed at growing distances, and named")
  func onlyOne() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    #expect(rig.failObject(Fixture.failure(.retry)).failure?.next == rig.wall)
    #expect(rig.machine.s3.opening?.kind == .outage)
  }

  @Test(
    "the backoff grows with the failures that the journal counted", arguments: [(0, 5), (1, 10), (3, 40), (30, 450)])
  func growingBackoff(failures: Int, seconds: Int) {
    var rig = MachineRig()
    rig.addBystander()
    var delivery = Fixture.delivery()
    delivery.failures = failures
    _ = rig.begin(delivery)
    #expect(rig.failObject(Fixture.failure(.retry)).failure?.next == rig.wall + .seconds(seconds))
  }

  @Test("a record that alone is refused is tried ever more seldom too", arguments: [(0, 5), (3, 40)])
  func growingBackoffOfRecord(failures: Int, seconds: Int) {
    var rig = MachineRig()
    var delivery = Fixture.uploaded()
    delivery.failures = failures
    rig.machine.load([delivery, Fixture.uploaded(500, name: "bystander")], at: rig.moment)
    _ = rig.actions()
    for _ in 0..<3 {
      rig.machine.recordAnswered(1, .failure(Fixture.failure(.retry, .dynamodb)), at: rig.moment)
      rig.now += .seconds(5)
      #expect(rig.actions() == [.putRecord(1)])
    }
    rig.machine.recordAnswered(1, .failure(Fixture.failure(.retry, .dynamodb)), at: rig.moment)
    #expect(rig.settle().failure?.next == rig.wall + .seconds(seconds))
  }

  @Test("the service's own wish is not undercut")
  func retryAfter() {
    var rig = MachineRig()
    rig.addBystander()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.throttle, retryAfter: .seconds(77))), at: rig.moment)
    #expect(rig.settle().failure?.next == rig.wall + .seconds(77))
  }

  @Test("a fault of the file parks it and nothing else", arguments: [ServiceLane.s3, .dynamodb])
  func item(lane: ServiceLane) {
    var rig = MachineRig()
    let failure = Fixture.failure(.item, lane, code: "EntityTooLarge", message: "too large")
    if lane == .s3 {
      _ = rig.begin(Fixture.delivery())
      rig.machine.objectAnswered(1, .failure(failure), at: rig.moment)
    } else {
      rig.machine.load([Fixture.uploaded()], at: rig.moment)
      _ = rig.actions()
      rig.machine.recordAnswered(1, .failure(failure), at: rig.moment)
    }
    #expect(
      rig.settle().changes == [
        .parked(number: 1, code: "EntityTooLarge", reason: "too large", at: rig.wall)
      ])
    #expect(!rig.machine.s3.isPaused && !rig.machine.dynamodb.isPaused)
  }

  @Test("a request that alone the service's support can explain keeps its ids, also where it parks the file")
  func ids() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    var failure = Fixture.failure(.item, code: "KeyTooLongError")
    failure.ids = RequestIDs(request: "R", host: "H")
    rig.machine.objectAnswered(1, .failure(failure), at: rig.moment)
    #expect(
      rig.settle().changes == [
        .parked(number: 1, code: "KeyTooLongError", reason: "it failed", at: rig.wall, ids: failure.ids)
      ])
  }

  @Test(
    "bytes that differ from their digest are read again, and an unchanged file is sent anew after 2, 4, 8 … minutes, never parked",
    arguments: [(0, 120), (1, 240), (2, 480), (3, 900), (40, 900)])
  func rehash(restarts: Int, seconds: Int) {
    var rig = MachineRig()
    var delivery = Fixture.delivery()
    delivery.restarts = restarts
    _ = rig.begin(delivery)
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.rehash, code: "BadDigest")), at: rig.moment)
    let reading = rig.actions()
    #expect(reading.hashes == [1] && reading.contains(.releaseContent(1)) && reading.changes.isEmpty)
    rig.machine.hashed(1, .hashed(MachineRig.digest(of: delivery)), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.changes.count == 1 && actions.failure?.next == rig.wall + .seconds(seconds))
    #expect(rig.machine.alone[1]?.failure.code == "BadDigest")
  }

  @Test(
    "what may have been stored though nobody can tell is not sent again at once, nor as a probe",
    arguments: [FailureClass.unproven, .unprovable])
  func unproven(failureClass: FailureClass) {
    var rig = MachineRig()
    for _ in 0..<5 {
      _ = rig.begin(Fixture.delivery())
      rig.machine.objectAnswered(1, .failure(Fixture.failure(failureClass)), at: rig.moment)
      let actions = rig.settle()
      #expect(actions.requests.isEmpty)
      #expect(actions.failure?.next == rig.wall + .seconds(120))
      rig.now += .seconds(120)
    }
    #expect(rig.machine.s3.isPaused)
  }

  @Test("a key that S3 refuses parks its file once others passed between two refusals, and not before")
  func keyRefused() {
    var rig = MachineRig()
    let refusal = Fixture.failure(.keyRefused, code: "InvalidURI")
    for _ in 0..<3 {
      _ = rig.begin(Fixture.delivery(1, name: "a"))
      rig.machine.objectAnswered(1, .failure(refusal), at: rig.moment)
      #expect(rig.settle().failure != nil)
    }
    _ = rig.begin(Fixture.delivery(2, name: "b"))
    rig.machine.objectAnswered(2, .success(MachineRig.object), at: rig.moment)
    _ = rig.begin(Fixture.delivery(1, name: "a"))
    rig.machine.objectAnswered(1, .failure(refusal), at: rig.moment)
    #expect(
      rig.settle().changes.contains(.parked(number: 1, code: "InvalidURI", reason: "it failed", at: rig.wall)))
    #expect(!rig.machine.s3.isPaused)
  }

  @Test(
    "one refused delivery waits by itself and is named, and the others go on", arguments: [ServiceLane.s3, .dynamodb])
  func refusedAlone(lane: ServiceLane) {
    var rig = MachineRig()
    for round in 0..<3 {
      let other = Int64(round + 2)
      if lane == .s3 {
        _ = rig.begin(Fixture.delivery(1, name: "a"), Fixture.delivery(other, name: "b\(other)"))
        rig.machine.objectAnswered(1, .failure(Fixture.failure(.refused, lane)), at: rig.moment)
        rig.machine.objectAnswered(other, .success(MachineRig.object), at: rig.moment)
      } else {
        rig.machine.load([Fixture.uploaded(1, name: "a"), Fixture.uploaded(other, name: "b\(other)")], at: rig.moment)
        _ = rig.settle()
        rig.machine.recordAnswered(1, .failure(Fixture.failure(.refused, lane)), at: rig.moment)
        rig.machine.recordAnswered(other, .success(.written), at: rig.moment)
      }
      #expect(rig.settle().failure != nil)
      #expect(rig.machine.alone[1]?.path.path == Fixture.path("a"))
    }
    #expect(!rig.machine.s3.isPaused && !rig.machine.dynamodb.isPaused)
  }

  @Test("behind a paused lane the probe is never the same delivery twice in a row, and first one that never failed")
  func probesTakeTurns() throws {
    var rig = MachineRig()
    var bad = Fixture.delivery(1, name: "a")
    bad.failures = 1
    for number in Int64(1)...2 {
      _ = rig.begin(Fixture.delivery(number, name: "x\(number)"))
      rig.machine.objectAnswered(number, .failure(Fixture.failure(.refused)), at: rig.moment)
      _ = rig.settle()
    }
    rig.now += .seconds(1)
    try rig.search([bad, Fixture.delivery(7, name: "g")], for: .probe)
    #expect(rig.machine.active.keys.sorted() == [7])
    rig.machine.hashed(7, .hashed(MachineRig.digest(of: Fixture.delivery(7, name: "g"))), at: rig.moment)
    #expect(rig.settle().requests == [.putObject(7)])
    rig.machine.objectAnswered(7, .failure(Fixture.failure(.refused)), at: rig.moment)
    _ = rig.settle()
    rig.now += .seconds(60)
    try rig.search([bad, Fixture.delivery(7, name: "g")], for: .probe)
    #expect(rig.machine.active.keys.sorted() == [1])
  }

  @Test("a disk that fails while its files are sent pauses no lane, strikes no file and parks none")
  func unreadable() {
    var rig = MachineRig()
    var delivery = Fixture.delivery()
    delivery.strikes = 2
    for _ in 0..<(5 * 2) {
      _ = rig.begin(delivery)
      rig.machine.objectAnswered(1, .failure(Fixture.failure(.unreadable)), at: rig.moment)
      let actions = rig.settle()
      #expect(actions.failure != nil && actions.changes.count == 1)
    }
    #expect(!rig.machine.s3.isPaused)
  }

  @Test("a file that changed while it was sent is torn: no failure, no strike, and judged anew")
  func torn() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.rehash)), at: rig.moment)
    _ = rig.actions()
    rig.machine.hashed(1, .changed, at: rig.moment)
    let actions = rig.settle()
    #expect(actions.changes.count == 1 && actions.failure == nil)
    #expect(actions.contains(.note(.torn(1))) && actions.contains(.resettle(Fixture.file())))
  }

  @Test("a file that has other bytes without a trace of a change is sent as it is now")
  func otherBytes() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.rehash)), at: rig.moment)
    _ = rig.actions()
    let digest = FileDigest(prepared: Fixture.prepared(2))
    rig.machine.hashed(1, .hashed(digest), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.changes.first == .prepared(number: 1, digest.prepared))
    #expect(actions.requests == [.putObject(1)])
  }

  @Test(
    "an upload that S3 lost starts anew after 2, 4, 8 … minutes, never parked; one that may still be there is aborted")
  func lostUpload() {
    for (restarts, code, seconds) in [(0, "NoSuchUpload", 120), (0, "InvalidPart", 120), (9, "NoSuchUpload", 900)] {
      var rig = MachineRig()
      var delivery = Fixture.delivery(size: 250)
      delivery.restarts = restarts
      delivery.prepared = Fixture.prepared()
      delivery.multipart = MultipartProgress(uploadID: "u", partSize: MachineRig.partSize)
      _ = rig.begin(delivery, parts: 3)
      let failure = Fixture.failure(.restartUpload, code: code)
      rig.machine.partAnswered(1, part: 1, .failure(failure), at: rig.moment)
      rig.machine.partAnswered(1, part: 2, .failure(failure), at: rig.moment)
      let actions = rig.settle()
      #expect(actions.changes.contains(.multipartForgotten(number: 1)))
      #expect(actions.contains(.abortMultipart(1, uploadID: "u")) == (code == "InvalidPart"))
      #expect(actions.failure?.next == rig.wall + .seconds(seconds))
    }
  }
}

extension [DeliveryAction] {
  /// The first delivery that failed, and when it is due next.
  var failure: (number: Int64, next: Timestamp)? {
    for case .failed(let number, _, _, let next) in changes { return (number, next) }
    return nil
  }
}
