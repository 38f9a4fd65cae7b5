import DeliveryModel
import SystemSupport

/// Deadlines of paths, earliest first (a binary heap). An entry that lost its meaning is left in and discarded by its
/// reader when its time comes.
struct DeadlineHeap {
  struct Entry {
    let deadline: MonotonicInstant
    let path: RelativePath
    let serial: UInt64
  }

  private var entries: [Entry] = []

  var first: Entry? { entries.first }
  var count: Int { entries.count }

  mutating func insert(_ entry: Entry) {
    entries.append(entry)
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if entries[parent].deadline <= entries[child].deadline { break }
      entries.swapAt(parent, child)
      child = parent
    }
  }

  mutating func removeFirst() -> Entry? {
    guard let last = entries.popLast() else { return nil }
    guard let first = entries.first else { return last }
    entries[0] = last
    var parent = 0
    while let child = smallestChild(of: parent), entries[child].deadline < entries[parent].deadline {
      entries.swapAt(parent, child)
      parent = child
    }
    return first
  }

  private func smallestChild(of parent: Int) -> Int? {
    let left = 2 * parent + 1
    guard left < entries.count else { return nil }
    let right = left + 1
    return right < entries.count && entries[right].deadline < entries[left].deadline ? right : left
  }
}
