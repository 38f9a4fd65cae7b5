import DeliveryModel
import Testing

@testable import Daemon

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

  @Test("behind a paused lane the probe is waited for, and nothing where nothing could probe")
  func paused() throws {
    var rig = MachineRig()
    rig.machine.s3.started(90)
    _ = rig.machine.s3.failed(Fixture.failure(.blocked), of: 90, at: rig.wall, now: rig.now, random: 0)
    #expect(look(rig, try backlog(due: Fixture.wall)) == .seconds(60))
    #expect(look(rig, try backlog(due: Fixture.wall + .seconds(90))) == .seconds(90))
    #expect(look(rig, try backlog(due: nil)) == nil)
    rig.now += .seconds(61)
    #expect(look(rig, try backlog(due: nil)) == nil)
    #expect(look(rig, try backlog(due: Fixture.wall)) == .seconds(1))
  }
}
