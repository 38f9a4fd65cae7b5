import DeliveryModel
import Testing

@testable import Daemon

struct DeliveryMachineFailureTests {
  private func failed(_ actions: [DeliveryAction]) -> (number: Int64, next: Timestamp)? {
    for case .failed(let number, _, _, let next) in actions.changes { return (number, next) }
    return nil
  }

  @Test(
    "a transient failure returns the delivery to the journal, due after its backoff",
    arguments: [FailureClass.retry, .throttle, .restartUpload, .rehash])
  func backoff(failureClass: FailureClass) {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Fixture.failure(failureClass)), at: rig.moment)
    let actions = rig.settle()
    #expect(failed(actions)?.next == rig.wall + .seconds(5))
    #expect(actions.contains(.releaseContent(1)))
    #expect(rig.machine.active.isEmpty)
  }

  @Test(
    "the backoff grows with the attempts that the journal counted", arguments: [(0, 5), (1, 10), (3, 40), (30, 450)])
  func growingBackoff(attempts: Int, seconds: Int) {
    var rig = MachineRig()
    var delivery = Fixture.delivery()
    delivery.attempts = attempts
    _ = rig.begin(delivery)
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.retry)), at: rig.moment)
    #expect(failed(rig.settle())?.next == rig.wall + .seconds(seconds))
  }

  @Test("the service's own wish is not undercut")
  func retryAfter() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.throttle, retryAfter: .seconds(77))), at: rig.moment)
    #expect(failed(rig.settle())?.next == rig.wall + .seconds(77))
  }

  @Test("a fault of the file parks it and nothing else", arguments: [ServiceLane.s3, .dynamodb])
  func item(lane: ServiceLane) {
    var rig = MachineRig()
    let failure = Fixture.failure(.item, lane, code: "EntityTooLarge", message: "too large")
    if lane == .s3 {
      _ = rig.begin(Fixture.delivery())
      rig.machine.objectAnswered(1, .failure(failure), at: rig.moment)
    } else {
      rig.machine.load([Fixture.uploaded()])
      _ = rig.actions()
      rig.machine.recordAnswered(1, .failure(failure), at: rig.moment)
    }
    #expect(
      rig.settle().changes == [
        .parked(number: 1, code: "EntityTooLarge", reason: "too large", at: rig.wall)
      ])
    #expect(!rig.machine.s3.isPaused && !rig.machine.dynamodb.isPaused)
  }

  @Test("bytes that differ from their digest are read again, and the third time the file is parked")
  func rehash() {
    var rig = MachineRig()
    for attempt in 1...3 {
      _ = rig.begin(Fixture.delivery())
      rig.machine.objectAnswered(1, .failure(Fixture.failure(.rehash, code: "BadDigest")), at: rig.moment)
      let changes = rig.settle().changes
      if attempt < 3 {
        #expect(changes.count == 1 && failed(changes.map { .commit($0) }) != nil)
      } else {
        #expect(changes == [.parked(number: 1, code: "BadDigest", reason: "it failed", at: rig.wall)])
      }
    }
    #expect(rig.machine.mismatches.isEmpty)
  }

  @Test("a success between forgets earlier mismatches")
  func rehashForgotten() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.rehash)), at: rig.moment)
    _ = rig.settle()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .success(MachineRig.object), at: rig.moment)
    #expect(rig.machine.mismatches.isEmpty)
  }

  // MARK: Repair

  @Test(
    "expired credentials are refreshed and the same request goes again; the second time the lane is blocked",
    arguments: [ServiceLane.s3, .dynamodb])
  func refresh(lane: ServiceLane) {
    var rig = MachineRig()
    let request: DeliveryAction
    if lane == .s3 {
      _ = rig.begin(Fixture.delivery())
      request = .putObject(1)
    } else {
      rig.machine.load([Fixture.uploaded()])
      _ = rig.actions()
      request = .putRecord(1)
    }
    let failure = Fixture.failure(.refresh, lane)
    answer(&rig, failure)
    #expect(rig.actions() == [.refreshCredentials, request])
    #expect(!rig.machine.s3.isPaused && !rig.machine.dynamodb.isPaused)
    answer(&rig, failure)
    #expect((lane == .s3 ? rig.machine.s3 : rig.machine.dynamodb).isPaused)
    #expect(failed(rig.settle())?.next == rig.wall, "due with the lane's next probe")
  }

  @Test("a wrong clock is corrected by the service's and the request goes again; the second time the lane is blocked")
  func skew() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    let failure = Fixture.failure(.skew, clockOffset: .seconds(-3600))
    answer(&rig, failure)
    #expect(rig.actions() == [.adjustClock(.seconds(-3600)), .putObject(1)])
    answer(&rig, failure)
    #expect(rig.machine.s3.isPaused)
  }

  private func answer(_ rig: inout MachineRig, _ failure: ServiceFailure) {
    if failure.lane == .s3 {
      rig.machine.objectAnswered(1, .failure(failure), at: rig.moment)
    } else {
      rig.machine.recordAnswered(1, .failure(failure), at: rig.moment)
    }
  }

  // MARK: Pauses

  @Test("a paused lane lets waiting deliveries go to the journal, each content released, and keeps what is under way")
  func letGo() {
    var rig = MachineRig(concurrency: 1)
    _ = rig.begin(Fixture.delivery(1, name: "a"), Fixture.delivery(2, name: "b"), Fixture.delivery(3, name: "c"))
    #expect(rig.machine.active.count == 3)
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.blocked)), at: rig.moment)
    let actions = rig.actions()
    #expect(Set(rig.machine.active.keys) == [1])
    #expect(actions.contains(.releaseContent(2)) && actions.contains(.releaseContent(3)))
    #expect(rig.machine.leftToJournal)
    #expect(actions.contains(.note(.lanePaused(rig.machine.s3))))
  }

  @Test("a probe takes up one delivery, and its success opens the lane")
  func probe() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.blocked)), at: rig.moment)
    _ = rig.settle()
    #expect(rig.begin(Fixture.delivery()).requests.isEmpty)
    rig.now += .seconds(60)
    #expect(rig.actions() == [.putObject(1)])
    rig.machine.objectAnswered(1, .success(MachineRig.object), at: rig.moment)
    #expect(rig.actions().contains(.note(.laneOpened(.s3))))
    #expect(!rig.machine.s3.isPaused)
  }

  @Test("a pause of DynamoDB lets waiting records go; an object acknowledged meanwhile waits in the journal too")
  func recordsLetGo() {
    var rig = MachineRig(concurrency: 1)
    rig.machine.load([Fixture.uploaded(1, name: "a"), Fixture.uploaded(2, name: "b")])
    _ = rig.actions()
    _ = rig.begin(Fixture.delivery(3, name: "c"))
    rig.machine.recordAnswered(1, .failure(Fixture.failure(.blocked, .dynamodb)), at: rig.moment)
    #expect(rig.machine.active[2] == nil)
    rig.machine.objectAnswered(3, .success(MachineRig.object), at: rig.moment)
    #expect(rig.settle().requests.isEmpty)
    #expect(rig.machine.active.isEmpty)
    #expect(!rig.machine.s3.isPaused)
  }

  @Test("a request cancelled because the daemon stops leaves the delivery as it is in the journal")
  func cancelled() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.cancelled(1, .s3)
    #expect(rig.actions() == [.releaseContent(1)])
    #expect(rig.machine.active.isEmpty)
    #expect(rig.machine.s3.inFlight == 0)
  }

  @Test("an answer for a delivery that was let go is counted by its lane and changes nothing else")
  func lateAnswer() {
    var rig = MachineRig()
    rig.machine.s3.started()
    rig.machine.objectAnswered(9, .success(MachineRig.object), at: rig.moment)
    #expect(rig.actions().isEmpty)
    #expect(rig.machine.s3.inFlight == 0)
  }
}
