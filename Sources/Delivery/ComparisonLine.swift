import DeliveryModel

/// Batches of the watcher that are not acknowledged yet because too many files are being compared: a folder gives the next
/// batch only after that, so that no more than these are held, however many files were touched. Other folders' batches pass.
struct ComparisonLine {
  struct Batch {
    let folder: String
    let changes: [JournalChange]
    let waiter: CommitQueue.Waiter
  }

  private var batches: [Batch] = []

  mutating func add(_ batch: Batch) { batches.append(batch) }

  /// The batches whose turn has come. `underWay` tells how many files of each folder are being compared, where these are
  /// many.
  mutating func take(underWay: () -> [String: Int]) -> [Batch] {
    guard !batches.isEmpty else { return [] }
    let counts = underWay()
    let isFree = { (batch: Batch) in counts[batch.folder, default: 0] <= DeliveryMachine.comparisonLimit }
    defer { batches.removeAll(where: isFree) }
    return batches.filter(isFree)
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
    for batch in comparing.take(underWay: { machine.comparisonsByFolder }) {
      if batch.changes.isEmpty { batch.waiter.resume() } else { commits.add(batch.changes, waiter: batch.waiter) }
    }
  }
}
