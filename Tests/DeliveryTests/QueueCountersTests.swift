import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct QueueCountersTests {
  private var empty: QueueCounters {
    QueueCounters(byState: [:], pendingByFolder: [:], deliveredToday: 0, lastDelivered: nil, now: Fixture.wall)
  }

  @Test("a file counts as open in its folder until it is delivered")
  func way() {
    var counters = empty
    let file = Fixture.file()
    counters.received(file)
    #expect(counters.open == 1 && counters.pendingByFolder == ["inbox": 1])
    counters.moved(file, from: .pending, to: .uploaded)
    #expect(
      counters.byState[.pending] == 0 && counters.byState[.uploaded] == 1 && counters.pendingByFolder == ["inbox": 1])
    counters.moved(file, from: .uploaded, to: .logged)
    counters.delivered(file, at: Fixture.wall)
    #expect(counters.open == 0 && counters.pendingByFolder == ["inbox": 0])
    #expect(counters.deliveredToday == 1)
    #expect(counters.lastDelivered == .init(folder: "inbox", path: file.path, at: Fixture.wall))
  }

  @Test("old refused files that the journal forgot are not counted any more")
  func removed() {
    var counters = empty
    for _ in 0..<3 {
      counters.received(Fixture.file())
      counters.moved(Fixture.file(), from: .pending, to: .rejected)
    }
    counters.removed(2, .rejected)
    #expect(counters.byState[.rejected] == 1 && counters.open == 0)
  }

  @Test("a parked file is not open, and is again once it is retried", arguments: [DeliveryState.parked, .rejected])
  func parked(state: DeliveryState) {
    var counters = empty
    counters.received(Fixture.file())
    counters.moved(Fixture.file(), from: .pending, to: state)
    #expect(counters.open == 0 && counters.pendingByFolder == ["inbox": 0])
    counters.moved(Fixture.file(), from: state, to: .pending)
    #expect(counters.open == 1 && counters.pendingByFolder == ["inbox": 1] && counters.byState[state] == 0)
  }

  @Test("the day's count begins again at midnight UTC, and the last file is remembered")
  func midnight() {
    var counters = empty
    counters.delivered(Fixture.file(), at: Fixture.wall)
    counters.rollOver(to: Fixture.wall + .seconds(1))
    #expect(counters.deliveredToday == 1)
    counters.rollOver(to: Fixture.wall + .seconds(86_400))
    #expect(counters.deliveredToday == 0 && counters.lastDelivered != nil)
    counters.delivered(Fixture.file(), at: Fixture.wall + .seconds(86_401))
    #expect(counters.deliveredToday == 1)
  }
}
