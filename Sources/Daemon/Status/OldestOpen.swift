import DeliveryJournal
import DeliveryModel

/// The age of the queue, found at a cost that does not grow with what is finished: each search begins where the last
/// one ended.
actor OldestOpen {
  private var number: Int64 = 0

  /// When the oldest open delivery was received.
  func received(_ journal: Journal) async -> Timestamp? {
    guard let found = try? await journal.oldestOpen(from: number) else { return nil }
    number = found.number
    return found.received
  }
}
