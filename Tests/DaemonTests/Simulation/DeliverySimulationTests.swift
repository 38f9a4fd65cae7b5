import Foundation
import Testing

@testable import Daemon

/// `S3LOGGERD_SEEDS=100000` runs more histories, `S3LOGGERD_SEED=42` that one alone.
struct DeliverySimulationTests {
  private static let environment = ProcessInfo.processInfo.environment

  private static let chunks: [Range<UInt64>] = {
    if let seed = environment["S3LOGGERD_SEED"].flatMap(UInt64.init) { return [seed..<seed + 1] }
    let count = environment["S3LOGGERD_SEEDS"].flatMap(UInt64.init) ?? 2000
    return stride(from: 0, to: count, by: 250).map { $0..<min($0 + 250, count) }
  }()

  @Test(
    "whatever fails and whenever the daemon dies, every file is delivered once and nothing is lost",
    arguments: chunks)
  func histories(seeds: Range<UInt64>) {
    for seed in seeds {
      var simulation = DeliverySimulation(seed: seed)
      do {
        try simulation.run()
      } catch {
        Issue.record("S3LOGGERD_SEED=\(seed): \(error)")
        return
      }
    }
  }
}
