import DequeModule

/// Deliveries that wait for room on a lane: one folder after the other, each in its own order, so that the flood of one
/// does not hold up the rest. A pure value.
struct FairLine: Sendable, Equatable {
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

  mutating func popFirst() -> Int64? {
    guard let folder = turns.popFirst(), let number = queues[folder]?.popFirst() else { return nil }
    if queues[folder]?.isEmpty == false { turns.append(folder) }
    count -= 1
    return number
  }

  /// The first that is wanted, in the order of turns.
  func first(where isWanted: (_ number: Int64, _ folder: String) -> Bool) -> (number: Int64, folder: String)? {
    for folder in turns {
      if let number = queues[folder]?.first(where: { isWanted($0, folder) }) { return (number, folder) }
    }
    return nil
  }

  /// Puts one that waits before all others.
  mutating func bringForward(_ number: Int64, folder: String) {
    remove(number, folder: folder)
    prepend(number, folder: folder)
  }

  func contains(_ number: Int64, folder: String) -> Bool { queues[folder]?.contains(number) ?? false }

  mutating func remove(_ number: Int64, folder: String) {
    guard let place = queues[folder]?.firstIndex(of: number) else { return }
    queues[folder]?.remove(at: place)
    if queues[folder]?.isEmpty == true { turns.removeAll { $0 == folder } }
    count -= 1
  }

  mutating func removeAll() { self = FairLine() }
}
