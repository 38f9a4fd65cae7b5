/// Files that wait to be looked into, a queue for each folder, in turn: no folder waits for all of another's.
struct InspectionQueue<Item> {
  private var waiting: [String: [Item]] = [:]
  /// Each folder with files, the next first.
  private var order: [String] = []

  var isEmpty: Bool { order.isEmpty }

  mutating func append(_ items: [Item], of folder: String) {
    guard !items.isEmpty else { return }
    if waiting[folder] == nil { order.append(folder) }
    waiting[folder, default: []] += items
  }

  /// The next files, of one folder: at most `most`, at most `capacity` of what `size` says, and at least one.
  mutating func next(most: Int, capacity: Int, size: (Item) -> Int) -> (folder: String, items: [Item])? {
    guard let folder = order.first, let all = waiting[folder] else { return nil }
    order.removeFirst()
    var count = 0
    var sum = 0
    while count < all.count, count < most {
      sum += size(all[count])
      if count > 0, sum > capacity { break }
      count += 1
    }
    waiting[folder] = nil
    append(Array(all.dropFirst(count)), of: folder)
    return (folder, Array(all.prefix(count)))
  }

  /// Takes out what waits of a folder.
  mutating func remove(_ folder: String) -> [Item] {
    order.removeAll { $0 == folder }
    return waiting.removeValue(forKey: folder) ?? []
  }

  /// Takes out all that waits.
  mutating func removeAll() -> [Item] {
    defer { self = InspectionQueue() }
    return order.flatMap { waiting[$0] ?? [] }
  }

  func holds(_ folder: String) -> Bool { waiting[folder] != nil }
}
