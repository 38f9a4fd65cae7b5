import DeliveryJournal
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct NextLookTests {
  private func look(_ rig: MachineRig, _ backlog: Backlog) -> Duration? {
    rig.machine.nextLook(backlog, wall: rig.wall, now: rig.now).map { $0 - rig.now }
  }

  /// A backlog in which nothing is due before `moment`, in the state pending.
  private func backlog(due moment: Timestamp?) throws -> Backlog {
    var backlog = Backlog()
    for state in [DeliveryState.pending, .uploaded] {
      let asked = backlog.request(state, appetite: 200, now: Fixture.wall, heldCount: 0, held: { [] })
      let request = try #require(asked)
      backlog.loaded(request, count: 0, nextDue: state == .pending ? moment : nil)
    }
    return backlog
  }

  @Test("with nothing to wait for there is no look")
  func nothing() throws {
    #expect(look(MachineRig(), try backlog(due: nil)) == nil)
  }

  @Test("what becomes due is looked for at that moment")
  func due() throws {
    #expect(look(MachineRig(), try backlog(due: Fixture.wall + .seconds(9))) == .seconds(9))
  }

  @Test("what is due and cannot begin, as with a full window, does not turn the loop without rest")
  func fullWindow() throws {
    #expect(look(MachineRig(), try backlog(due: Fixture.wall)) == .seconds(1))
  }

  @Test("what waits for a closed service is looked for with its next probe")
  func paused() throws {
    var rig = MachineRig()
    rig.machine.s3.fail(.blocked, at: rig.wall, now: rig.now)
    #expect(look(rig, try backlog(due: Fixture.wall)) == .seconds(60))
    #expect(look(rig, try backlog(due: nil)) == .seconds(60))
    rig.now += .seconds(60)
    #expect(look(rig, try backlog(due: Fixture.wall)) == .seconds(1))
    // Nothing is there that could be it: the next that arrives is.
    try rig.search([], for: .probe)
    #expect(look(rig, try backlog(due: nil)) == .seconds(60))
  }
}
