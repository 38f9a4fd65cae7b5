import AWSClients
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

/// What the machine asks for in folders, and what becomes of a file that their rules refuse.
struct DeliveryMachineFolderTests {
  private static let refusal = Verdict(decision: .rejected, findings: [Finding(.tooLarge)], reason: "too large")

  private func rig(_ rules: [DeliveryMachine.ErrandRule]) -> MachineRig {
    var rig = MachineRig()
    rig.machine.settings.errands["inbox"] = rules
    return rig
  }

  private func hash(_ delivery: Delivery, _ verdict: Verdict?, in rig: inout MachineRig) -> [DeliveryAction] {
    rig.machine.load([delivery], at: rig.moment)
    _ = rig.machine.takeActions()
    var digest = MachineRig.digest(of: delivery)
    digest.verdict = verdict
    rig.machine.hashed(delivery.number, .hashed(digest), at: rig.moment)
    return rig.settle()
  }

  @Test("errands are asked for together with the record, never before it")
  func errands() {
    var rig = rig([
      DeliveryMachine.ErrandRule(kind: .receipt), DeliveryMachine.ErrandRule(kind: .dispose, delay: .seconds(60)),
    ])
    let before = hash(Fixture.delivery(), nil, in: &rig)
    rig.machine.objectAnswered(1, .success(MachineRig.object), at: rig.moment)
    let uploaded = rig.settle()
    #expect(!(before + uploaded).changes.contains { if case .errand = $0 { true } else { false } })
    rig.machine.recordAnswered(1, .success(.written), at: rig.moment)
    #expect(
      rig.machine.takeActions().changes == [
        .logged(number: 1, at: rig.wall, alreadyRecorded: false),
        .errand(number: 1, .due(.receipt, at: rig.wall)),
        .errand(number: 1, .due(.dispose, at: rig.wall + .seconds(60))),
      ])
  }

  @Test("a refused file is not uploaded: its record is next, and it is moved aside")
  func refused() {
    var rig = rig([DeliveryMachine.ErrandRule(kind: .receipt), DeliveryMachine.ErrandRule(kind: .dispose)])
    let actions = hash(Fixture.delivery(), Self.refusal, in: &rig)
    #expect(actions.requests == [.putRecord(1)])
    #expect(actions.changes.contains(.judged(number: 1, Self.refusal)))
    #expect(actions.changes.contains(.errand(number: 1, .due(.reject, at: rig.wall))))
    rig.machine.recordAnswered(1, .success(.written), at: rig.moment)
    let ended = rig.settle()
    #expect(ended.changes == [.logged(number: 1, at: rig.wall, alreadyRecorded: false)])
    #expect(!ended.contains(.note(.delivered(1, alreadyRecorded: false))))
    #expect(rig.machine.active.isEmpty)
  }

  @Test("a doubtful file is delivered, its remark in the journal before the record")
  func flagged() {
    var rig = rig([])
    let verdict = Verdict(decision: .flagged, findings: [Finding(.empty)], reason: "empty")
    let actions = hash(Fixture.delivery(), verdict, in: &rig)
    #expect(actions.requests == [.putObject(1)])
    #expect(actions.changes.contains(.judged(number: 1, verdict)))
    #expect(rig.machine.active[1]?.delivery.verdict == verdict)
  }

  @Test("a delivered file that was put back goes the same way again")
  func putBack() {
    var rig = rig([DeliveryMachine.ErrandRule(kind: .dispose)])
    var delivery = Fixture.delivery(2)
    delivery.previous = PreviousDelivery(number: 1, sha256: Fixture.digest(1))
    #expect(hash(delivery, nil, in: &rig).changes.last == .errand(number: 1, .due(.dispose, at: rig.wall)))
  }
}
