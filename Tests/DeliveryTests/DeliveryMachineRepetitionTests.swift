import AWSClients
import DeliveryJournal
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

/// What is sent again in the same attempt.
struct DeliveryMachineRepetitionTests {
  // MARK: In a moment

  @Test("a transient failure is tried again in a moment, in the same attempt, three times in all")
  func moment() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    for milliseconds in [25, 50] {
      rig.machine.objectAnswered(1, .failure(Fixture.failure(.retry)), at: rig.moment)
      #expect(rig.actions().isEmpty)
      #expect(rig.machine.nextLook(Backlog(), wall: rig.wall, now: rig.now) == rig.now + .milliseconds(milliseconds))
      rig.now += .milliseconds(milliseconds)
      #expect(rig.actions() == [.putObject(1)])
      #expect(rig.machine.active[1]?.mayBeThere == true)
    }
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.retry)), at: rig.moment)
    #expect(rig.settle().failure != nil)
    #expect(rig.machine.s3.tokens == 472 / 14)
  }

  @Test("a repetition that succeeds goes on, and gives back what it cost")
  func momentSucceeds() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.retry)), at: rig.moment)
    rig.now += .seconds(1)
    _ = rig.actions()
    rig.machine.objectAnswered(1, .success(MachineRig.object), at: rig.moment)
    #expect(rig.settle().requests == [.putRecord(1)])
    #expect(rig.machine.s3.tokens == 500 / 14)
  }

  @Test("with the quota used up, failures go to the journal at once")
  func quota() {
    var rig = MachineRig()
    while rig.machine.s3.tokens > 0 {
      var retry = StandardRetry()
      _ = rig.machine.s3.delay(&retry, after: Fixture.failure(.retry), "inbox", random: 0)
    }
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.retry)), at: rig.moment)
    #expect(rig.settle().failure != nil)
  }

  @Test("a pause of the lane lets what rests go")
  func restingLetGo() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery(1, name: "a"), Fixture.delivery(2, name: "b"))
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.retry)), at: rig.moment)
    rig.machine.objectAnswered(2, .failure(Fixture.failure(.blocked)), at: rig.moment)
    #expect(rig.actions().contains(.releaseContent(1)))
    #expect(rig.machine.resting.isEmpty && rig.machine.active[1] == nil)
  }

  @Test("nothing tells a paused lane's failures but the lane's own line")
  func noFlood() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery(1, name: "a"), Fixture.delivery(2, name: "b"))
    for number in [Int64(1), 2] {
      rig.machine.objectAnswered(number, .failure(Fixture.failure(.blocked)), at: rig.moment)
    }
    let notes = rig.settle().compactMap { if case .note(let note) = $0 { note } else { nil } }
    let counted = notes.filter { if case .attemptFailed(_, _, nextAttempt: nil) = $0 { true } else { false } }
    #expect(counted.count == 2)
    #expect(notes.count - counted.count == 1)
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
      rig.machine.load([Fixture.uploaded()], at: rig.moment)
      _ = rig.actions()
      request = .putRecord(1)
    }
    let failure = Fixture.failure(.refresh, lane)
    answer(&rig, failure)
    #expect(rig.actions() == [.refreshCredentials], "nothing goes before the new credentials are there")
    rig.machine.canSign = true
    #expect(rig.actions() == [request])
    #expect(!rig.machine.s3.isPaused && !rig.machine.dynamodb.isPaused)
    answer(&rig, failure)
    #expect((lane == .s3 ? rig.machine.s3 : rig.machine.dynamodb).isPaused)
    #expect(rig.settle().failure?.next == rig.wall, "due with the lane's next probe")
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

  @Test("a request that was expired and of a wrong clock is mended of both: a machine wakes from sleep like that")
  func expiredAndSkewed() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    answer(&rig, Fixture.failure(.refresh))
    #expect(rig.actions() == [.refreshCredentials])
    rig.machine.canSign = true
    #expect(rig.actions() == [.putObject(1)])
    answer(&rig, Fixture.failure(.skew, clockOffset: .seconds(-3600)))
    #expect(rig.actions() == [.adjustClock(.seconds(-3600)), .putObject(1)])
    #expect(!rig.machine.s3.isPaused)
    answer(&rig, Fixture.failure(.refresh))
    #expect(rig.machine.s3.isPaused)
  }

  private func answer(_ rig: inout MachineRig, _ failure: ServiceFailure) {
    if failure.lane == .s3 {
      rig.machine.objectAnswered(1, .failure(failure), at: rig.moment)
    } else {
      rig.machine.recordAnswered(1, .failure(failure), at: rig.moment)
    }
  }
}
