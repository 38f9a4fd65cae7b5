import DeliveryJournal
import DeliveryModel
import TestFixtures
import TestSupport
import Testing

@testable import Status
@testable import Delivery

struct StatusReporterTests {
  @Test("what was delivered yesterday is not told as of today, though nothing was delivered since")
  func midnight() async throws {
    let state = try TemporaryDirectory()
    let journal = try Journal(directory: state.path, now: Fixture.wall) { _ in }
    let board = StatusBoard()
    let counters = QueueCounters(
      byState: [:], pendingByFolder: [:], deliveredToday: 412, lastDelivered: nil, now: Fixture.wall)
    board.show(
      EngineView(
        counters: counters, s3: ServiceCondition(),
        dynamodb: ServiceCondition(), isIdle: true))
    for (days, expected) in [(0, 412), (1, 0)] as [(Int64, Int)] {
      let reporter = StatusReporter(
        board: board, journal: journal, since: Fixture.wall, wallClock: { Fixture.wall + .seconds(86_400 * days) },
        lastUncleanExit: nil
      ) { [] }
      let report = await reporter.report()
      #expect(report.deliveredToday == expected && report.status.contains("\(expected) delivered today"))
    }
  }
}
