import DeliveryModel

/// Batches of the watcher that are not acknowledged yet because too many files are being compared: a folder gives the next
/// batch only after that, so that no more than these are held, however many files were touched.
struct ComparisonLine {
  private var batches: [(changes: [JournalChange], waiter: CommitQueue.Waiter)] = []

  mutating func add(_ changes: [JournalChange], _ waiter: CommitQueue.Waiter) {
    batches.append((changes, waiter))
  }

  /// The batches whose turn has come; `underWay` files are being compared.
  mutating func take(underWay: Int) -> [(changes: [JournalChange], waiter: CommitQueue.Waiter)] {
    guard underWay <= DeliveryMachine.comparisonLimit else { return [] }
    defer { batches = [] }
    return batches
  }

  /// The engine ends: whoever still waits hears that nothing is durable.
  mutating func abandon() {
    for batch in batches { batch.waiter.resume(throwing: CancellationError()) }
    batches = []
  }
}

extension EngineLoop {
  /// Makes durable what is left of the watcher's batches, and lets it go on.
  mutating func acknowledge() {
    for (changes, waiter) in comparing.take(underWay: machine.comparisons.count) {
      if changes.isEmpty { waiter.resume() } else { commits.add(changes, waiter: waiter) }
    }
  }
}
