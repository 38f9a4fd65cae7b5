import DeliveryModel

/// The directories of a tree that are still to be entered, depth first and without recursion.
///
/// It holds names, level by level, and one path: what it needs grows with neither the depth nor the length of the paths.
struct TreeWalk {
  private struct Level {
    /// Bytes of ``path`` that lead to the directory.
    let length: Int
    /// Those in it that were not entered yet.
    var names: [[UInt8]] = []
  }

  private var path: [UInt8] = []
  private var levels: [Level] = []
  /// Where the walk begins, before it has.
  private var start: RelativePath?

  init() {}

  /// Begins with `start` itself.
  init(from start: RelativePath) { self.start = start }

  var isEmpty: Bool { start == nil && levels.isEmpty }

  /// A directory is being listed: the next names are in it.
  mutating func begin(_ directory: RelativePath) {
    path = directory.bytes
    levels.append(Level(length: path.count))
  }

  /// A directory in the one that was begun last.
  mutating func add(_ name: [UInt8]) {
    guard !levels.isEmpty else { return }
    levels[levels.count - 1].names.append(name)
  }

  /// The next directory to enter; nil when the walk is over.
  mutating func next() -> RelativePath? {
    if let start {
      self.start = nil
      return start
    }
    // Who held a copy of the level would make each name that is taken out copy all the others.
    while let length = levels.last?.length {
      guard let name = levels[levels.count - 1].names.popLast() else {
        levels.removeLast()
        continue
      }
      // Never changed in place: who keeps the path would keep the room for growth too.
      let next = RelativePath(unchecked: Array(path[..<length])).appending(name)
      path = next.bytes
      return next
    }
    return nil
  }
}
