import DeliveryJournal
import DeliveryModel

/// The age of the queue, found at a cost that does not grow with what is finished: each search begins where the last
/// one ended.
actor OldestOpen {
  private var number: Int64 = 0
  private var numbers: [String: Int64] = [:]
  private var reopened = 0

  /// How many numbers are looked through before the journal's writer gets its turn.
  private static let window: Int64 = 10_000

  /// When the oldest open delivery was received.
  func received(_ journal: Journal) async -> Timestamp? {
    guard let found = try? await journal.oldestOpen(from: number) else { return nil }
    number = found.number
    return found.received
  }

  /// When the oldest open delivery of a folder that has one was received.
  func received(_ journal: Journal, folder: String) async -> Timestamp? {
    var start = max(number, numbers[folder] ?? 0)
    while !Task.isCancelled {
      let window = start..<start + Self.window
      if let found = try? await journal.oldestOpen(in: window, folder: folder) {
        numbers[folder] = found.number
        return found.received
      }
      guard let next = try? await journal.oldestOpen(from: window.upperBound) else { return nil }
      start = next.number
    }
    return nil
  }

  /// Begins from the first again if something that was set aside has become open since: `reopened` counts how often.
  func startOver(at reopened: Int) {
    guard reopened != self.reopened else { return }
    self.reopened = reopened
    number = 0
    numbers.removeAll()
  }
}
