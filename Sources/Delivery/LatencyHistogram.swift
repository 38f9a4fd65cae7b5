import DeliveryModel

/// How many durations fell below each of a row of bounds: what Prometheus calls a histogram. A pure value.
package struct LatencyHistogram: Sendable, Equatable {
  /// Upper bounds in seconds: from one request on a good line to a day without a line.
  package static let bounds: [Double] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400]

  /// Durations within each bound and beyond the one before; the last are beyond all.
  package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  /// Seconds, all durations together.
  package private(set) var sum = 0.0

  package init() {}

  /// A clock that was set back makes a duration negative; it counts as none.
  package mutating func add(_ duration: Duration) {
    let seconds = max(0, Double(duration.wholeMilliseconds) / 1000)
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
  }
}
