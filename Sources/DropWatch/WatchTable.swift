import DeliveryModel

/// Which directory each kernel watch is for, and the reverse.
struct WatchTable {
  private var paths: [Int32: RelativePath] = [:]
  private var watches: [RelativePath: Int32] = [:]
  /// Those of the directories directly in a directory, so that one that moves costs what is in it, not all there is.
  private var inside: [RelativePath: Set<Int32>] = [:]
  /// Watches that were ended and whose last events may still come.
  private var retired: Set<Int32> = []
  /// Those of directories that may be gone.
  private var doubtful: Set<Int32> = []

  var count: Int { paths.count }

  func path(of watch: Int32) -> RelativePath? { paths[watch] }

  func isRetired(_ watch: Int32) -> Bool { retired.contains(watch) }

  func isWatched(_ path: RelativePath) -> Bool { watches[path].map { !doubtful.contains($0) } ?? false }

  /// A directory that was renamed keeps its watch: the newer path counts.
  ///
  /// - Returns: the watch of another directory that had the path before, which the caller ends.
  mutating func bind(_ watch: Int32, to path: RelativePath) -> Int32? {
    doubtful.remove(watch)
    if paths[watch] == path { return nil }
    _ = unbind(watch)
    let displaced = retire(path)
    paths[watch] = path
    watches[path] = watch
    if path != .root { inside[path.directory, default: []].insert(watch) }
    return displaced
  }

  private mutating func unbind(_ watch: Int32) -> RelativePath? {
    guard let path = paths.removeValue(forKey: watch) else { return nil }
    watches[path] = nil
    let parent = path.directory
    inside[parent]?.remove(watch)
    if inside[parent]?.isEmpty == true { inside[parent] = nil }
    return path
  }

  /// The kernel ended the watch (`IN_IGNORED`): nothing more comes of it.
  ///
  /// - Returns: its directory, if it was in use.
  mutating func end(_ watch: Int32) -> RelativePath? {
    retired.remove(watch)
    return unbind(watch)
  }

  /// Forgets a directory that was removed; those below it were removed before.
  ///
  /// - Returns: its watch, which the caller ends: while somebody has the directory open, the kernel keeps it.
  mutating func retire(_ directory: RelativePath) -> Int32? {
    guard let watch = watches[directory] else { return nil }
    _ = unbind(watch)
    retired.insert(watch)
    return watch
  }

  /// Forgets a directory and all below it.
  ///
  /// - Returns: the watches, which the caller ends.
  mutating func retire(below directory: RelativePath) -> [Int32] {
    var ended: [Int32] = []
    var rest = [directory]
    while let path = rest.popLast() {
      rest += inside[path]?.compactMap { paths[$0] } ?? []
      if let watch = retire(path) { ended.append(watch) }
    }
    return ended
  }

  /// Events were lost: until a directory is met again, it may be gone.
  mutating func doubt() { doubtful = Set(paths.keys) }

  /// Forgets the directories that were not met again; `end` ends a watch, and tells whether there was one.
  mutating func retireDoubtful(_ end: (Int32) -> Bool) {
    for watch in doubtful where unbind(watch) != nil && end(watch) { retired.insert(watch) }
    doubtful = []
  }
}
