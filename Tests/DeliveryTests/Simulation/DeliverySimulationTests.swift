import Foundation
import Testing

@testable import Delivery

/// `S3LOGGERD_SEEDS=100000` runs more histories, `S3LOGGERD_SEED=42` that one alone.
struct DeliverySimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let alone = environment["S3LOGGERD_SEED"].flatMap(UInt64.init)
  private static let count = alone == nil ? environment["S3LOGGERD_SEEDS"].flatMap(UInt64.init) ?? 2000 : 1

  @Test("whatever fails and whenever the daemon dies, every file is delivered once and nothing is lost")
  func histories() async {
    let first = Self.alone ?? 0
    let progress = SimulationProgress(first..<first + Self.count)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
        group.addTask {
          while let seeds = progress.next() { progress.add(await Self.run(seeds, progress)) }
        }
      }
    }
    print(progress.summary)
  }

  private static func run(_ seeds: Range<UInt64>, _ progress: SimulationProgress) async -> Tally {
    var tally = Tally()
    for seed in seeds {
      // The other tests share the threads with this one, and some have a minute.
      await Task.yield()
      var simulation = DeliverySimulation(seed: seed)
      do {
        try simulation.run()
      } catch {
        progress.failed()
        Issue.record("\(error)\nthis history again: S3LOGGERD_SEED=\(seed) swift test --filter DeliverySimulationTests")
      }
      tally.add(simulation.mishaps, deliveries: simulation.journal.rows.count)
    }
    return tally
  }
}
