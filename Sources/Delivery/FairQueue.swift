import DeliveryModel
import DequeModule

/// Deliveries that wait for room on a lane: one folder after the other, each in its own order, so that the flood of one
/// does not hold up the rest. A pure value.
struct FairQueue: Sendable, Equatable {
  private var queues: [String: Deque<Int64>] = [:]
  /// The folders in which something waits, the next one first.
  private var turns: Deque<String> = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// All that wait, folder by folder.
  var numbers: [Int64] { turns.flatMap { Array(queues[$0] ?? []) } }

  mutating func append(_ number: Int64, folder: String) {
    if queues[folder, default: []].isEmpty { turns.append(folder) }
    queues[folder, default: []].append(number)
    count += 1
  }

  /// Puts it before all others.
  mutating func prepend(_ number: Int64, folder: String) {
    if let turn = turns.firstIndex(of: folder) { turns.remove(at: turn) }
    turns.prepend(folder)
    queues[folder, default: []].prepend(number)
    count += 1
  }

  /// The next that the lane admits, one folder after the other.
  mutating func popFirst(
    admittedBy lane: AdmissionControl, _ active: [Int64: ActiveDelivery], now: ContinuousClock.Instant
  ) -> Int64? {
    for turn in turns.indices {
      let folder = turns[turn]
      let admission = lane.admission(of: folder, now: now)
      guard admission != .nothing, var queue = queues.removeValue(forKey: folder) else { continue }
      let place = Self.place(in: queue, of: folder, lane, active, admission, now)
      let number = place.map { queue.remove(at: $0) }
      if queue.isEmpty {
        turns.remove(at: turn)
      } else {
        queues[folder] = queue
        if number != nil {
          turns.remove(at: turn)
          turns.append(folder)
        }
      }
      guard let number else { continue }
      count -= 1
      return number
    }
    return nil
  }

  /// The first that may go; where something failed in the folder, one of other directories before those.
  private static func place(
    in queue: Deque<Int64>, of folder: String, _ lane: AdmissionControl, _ active: [Int64: ActiveDelivery],
    _ admission: CircuitBreaker.Admission, _ now: ContinuousClock.Instant
  ) -> Int? {
    func isAdmitted(_ number: Int64) -> Bool {
      guard let entry = active[number] else { return true }
      return lane.breaker.admits(number, at: entry.path, isNew: entry.delivery.failures == 0, admission, now: now)
    }
    if lane.breaker.folders[folder] != nil {
      let preferred = queue.firstIndex { number in
        active[number].map { lane.breaker.isPreferred(at: $0.path) } == true && isAdmitted(number)
      }
      if let preferred { return preferred }
    }
    return queue.firstIndex(where: isAdmitted)
  }

  func contains(_ number: Int64, folder: String) -> Bool { queues[folder]?.contains(number) ?? false }

  mutating func remove(_ number: Int64, folder: String) {
    guard let place = queues[folder]?.firstIndex(of: number) else { return }
    queues[folder]?.remove(at: place)
    if queues[folder]?.isEmpty == true { turns.removeAll { $0 == folder } }
    count -= 1
  }

  mutating func removeAll() { self = FairQueue() }
}
