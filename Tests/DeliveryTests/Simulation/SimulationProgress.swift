import Synchronization

/// Which histories are next, and how far they have come, told once a minute.
final class SimulationProgress: Sendable {
  private struct State {
    var next: UInt64
    var tally = Tally()
    var failures = 0
    var toldAt = ContinuousClock.now
  }

  private let seeds: Range<UInt64>
  private let began = ContinuousClock.now
  private let state: Mutex<State>

  /// So many seeds are given out at once.
  private static let chunk: UInt64 = 50
  /// So many failing histories are enough to look at.
  private static let enough = 10

  init(_ seeds: Range<UInt64>) {
    self.seeds = seeds
    state = Mutex(State(next: seeds.lowerBound))
  }

  /// The seeds to try next; nil where all are given out, or enough have failed.
  func next() -> Range<UInt64>? {
    state.withLock { state in
      let begin = state.next
      guard begin < seeds.upperBound, state.failures < Self.enough else { return nil }
      state.next = min(begin + Self.chunk, seeds.upperBound)
      return begin..<state.next
    }
  }

  func failed() { state.withLock { $0.failures += 1 } }

  func add(_ tally: Tally) {
    state.withLock { state in
      state.tally.add(tally)
      guard ContinuousClock.now - state.toldAt >= .seconds(60) else { return }
      state.toldAt = .now
      print(headline(state))
    }
  }

  var summary: String {
    state.withLock { ([headline($0)] + $0.tally.lines).joined(separator: "\n") }
  }

  private func headline(_ state: State) -> String {
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    let rate = Int(Double(state.tally.histories) / max(seconds, 0.001))
    return """
      \(state.tally.histories) of \(seeds.count) histories with \(state.tally.deliveries) deliveries in \(Int(seconds)) s, \
      \(rate) a second, \(state.failures) failed
      """
  }
}
