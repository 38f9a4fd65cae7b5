import AWSClients
import DeliveryJournal
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct DeliveryMachinePauseTests {
  @Test("a paused lane lets waiting deliveries go to the journal, each content released, and keeps what is under way")
  func letGo() throws {
    var rig = MachineRig(concurrency: 1)
    _ = rig.begin(Fixture.delivery(1, name: "a"), Fixture.delivery(2, name: "b"), Fixture.delivery(3, name: "c"))
    #expect(rig.machine.active.count == 3)
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.blocked)), at: rig.moment)
    let actions = rig.actions()
    #expect(Set(rig.machine.active.keys) == [1])
    #expect(actions.contains(.releaseContent(2)) && actions.contains(.releaseContent(3)))
    #expect(rig.machine.leftToJournal)
    let opening = try #require(rig.machine.s3.opening)
    #expect(actions.contains(.note(.circuitOpened(.s3, .service, opening))))
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
    #expect(rig.actions().contains(.note(.circuitClosed(.s3, .service))))
    #expect(!rig.machine.s3.isPaused)
  }

  @Test("a pause of DynamoDB lets waiting records go; an object acknowledged meanwhile waits in the journal too")
  func recordsLetGo() {
    var rig = MachineRig(concurrency: 1)
    rig.machine.load([Fixture.uploaded(1, name: "a"), Fixture.uploaded(2, name: "b")], at: rig.moment)
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
    rig.machine.s3.started(9, of: PathKey(folder: "inbox", path: Fixture.path("x")), now: rig.now)
    rig.machine.objectAnswered(9, .success(MachineRig.object), at: rig.moment)
    #expect(rig.actions().isEmpty)
    #expect(rig.machine.s3.inFlight == 0)
  }
}
