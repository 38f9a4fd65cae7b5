import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

/// Files of a folder that is not there, or does not answer, wait in the journal with nothing held against them.
struct DeliveryMachineAbsenceTests {
  private static func delivery(_ number: Int64, in folder: String) -> Delivery {
    var delivery = Fixture.delivery(number)
    delivery.file = SettledFile(
      folder: folder, path: Fixture.path("f\(number)"), identity: delivery.file.identity, owner: 0,
      received: Fixture.wall, settled: Fixture.wall, evidence: .lease, discovery: .event)
    return delivery
  }

  private func load(_ rig: inout MachineRig) {
    rig.machine.load([Self.delivery(1, in: "hangs"), Self.delivery(2, in: "well")], at: rig.moment)
    _ = rig.machine.takeActions()
  }

  @Test("what is read of a folder that leaves goes back to the journal, no attempt counted; the others go on")
  func left() {
    var rig = MachineRig()
    load(&rig)
    rig.machine.folderLeft("hangs")
    let actions = rig.settle()
    #expect(actions.changes.isEmpty)
    #expect(actions.contains(.releaseContent(1)) && !actions.contains(.releaseContent(2)))
    #expect(rig.machine.active.keys.sorted() == [2] && Array(rig.machine.away.keys) == ["hangs"])
    rig.machine.leftToJournal = false
    // Told late, by a call that returned after all.
    rig.machine.hashed(1, .hashed(MachineRig.digest(of: Self.delivery(1, in: "hangs"))), at: rig.moment)
    #expect(rig.settle() == [.releaseContent(1)])
    rig.machine.folderReturned("hangs")
    #expect(rig.machine.away.isEmpty && rig.machine.leftToJournal)
  }

  @Test("what reading finds out is believed for a while; what the watching says, until it says otherwise")
  func found() {
    var rig = MachineRig()
    load(&rig)
    rig.machine.hashed(1, .away(reason: "gone"), at: rig.moment)
    #expect(rig.settle().changes.isEmpty && rig.machine.active[1] == nil)
    #expect(rig.machine.nextReturn == rig.now + DeliveryMachine.awayPause)
    rig.machine.reviewAbsences(now: rig.now + .seconds(14))
    #expect(!rig.machine.away.isEmpty)
    rig.machine.reviewAbsences(now: rig.now + .seconds(15))
    #expect(rig.machine.away.isEmpty)
    rig.machine.folderLeft("hangs")
    rig.machine.folderIsAway("hangs", until: rig.now)
    rig.machine.reviewAbsences(now: rig.now + .seconds(1000))
    #expect(rig.machine.away == ["hangs": .announced] && rig.machine.nextReturn == nil)
  }

  @Test("other settings end what is not announced, and what is of a folder that is no more")
  func reloaded() {
    var rig = MachineRig()
    rig.machine.folderLeft("stays")
    rig.machine.folderLeft("goes")
    rig.machine.folderIsAway("found", until: rig.now + .seconds(15))
    rig.machine.keepAbsences(of: ["stays", "found"])
    #expect(rig.machine.away == ["stays": .announced] && rig.machine.leftToJournal)
  }

  @Test("what S3 has is recorded meanwhile")
  func recorded() {
    var rig = MachineRig()
    _ = rig.begin(Self.delivery(1, in: "hangs"))
    rig.machine.objectAnswered(1, .success(MachineRig.object), at: rig.moment)
    rig.machine.folderLeft("hangs")
    #expect(rig.settle().requests.contains(.putRecord(1)))
  }
}
