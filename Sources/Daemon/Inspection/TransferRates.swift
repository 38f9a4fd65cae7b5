/// How fast deliveries get on, from one look at the journal to the next: for `queue --watch`.
package struct TransferRates: Sendable {
  package typealias Instant = ContinuousClock.Instant

  private struct Sample {
    var at: Instant
    var bytes: Int64
  }

  /// Looks that count: parts are acknowledged in bursts, so a rate needs a while.
  private static let window = Duration.seconds(30)
  private var samples: [Int64: [Sample]] = [:]

  package init() {}

  /// Takes in what S3 has of each delivery now, and forgets those that are not there any more.
  package mutating func take(_ progress: [Int64: Int64], at now: Instant) {
    samples = samples.filter { progress[$0.key] != nil }
    for (number, bytes) in progress {
      samples[number, default: []].append(Sample(at: now, bytes: bytes))
      samples[number]?.removeAll { now - $0.at > Self.window }
    }
  }

  /// Bytes a second; nil while nothing is known.
  package func rate(of number: Int64) -> Double? {
    guard let first = samples[number]?.first, let last = samples[number]?.last, last.at > first.at else { return nil }
    let elapsed = last.at - first.at
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    let rate = Double(last.bytes - first.bytes) / seconds
    return rate > 0 ? rate : nil
  }

  /// How long the rest takes at that rate; nil while no rate is known.
  package func remaining(of number: Int64, bytes: Int64) -> Duration? {
    rate(of: number).map { .seconds(Int64((Double(max(0, bytes)) / $0).rounded(.up))) }
  }
}
