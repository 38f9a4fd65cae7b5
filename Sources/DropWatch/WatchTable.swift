import DeliveryModel

/// Which directory each kernel watch is for, and the reverse.
struct WatchTable {
  private var paths: [Int32: RelativePath] = [:]
  private var watches: [RelativePath: Int32] = [:]
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
    if paths[watch] == path, watches[path] == watch { return nil }
    if let former = paths[watch], former != path { watches[former] = nil }
    let displaced = retire(path)
    paths[watch] = path
    watches[path] = watch
    return displaced
  }

  /// Events were lost: until a directory is met again, it may be gone.
  mutating func doubt() { doubtful = Set(paths.keys) }

  /// Forgets the directories that were not met again; `end` ends a watch, and tells whether there was one.
  mutating func retireDoubtful(_ end: (Int32) -> Bool) {
    for watch in doubtful {
      guard let path = paths.removeValue(forKey: watch) else { continue }
      watches[path] = nil
      if end(watch) { retired.insert(watch) }
    }
    doubtful = []
  }

  /// The kernel ended the watch (`IN_IGNORED`): nothing more comes of it.
  ///
  /// - Returns: its directory, if it was in use.
  mutating func end(_ watch: Int32) -> RelativePath? {
    retired.remove(watch)
    guard let path = paths.removeValue(forKey: watch) else { return nil }
    if watches[path] == watch { watches[path] = nil }
    return path
  }

  /// Forgets a directory that was removed; those below it were removed before.
  ///
  /// - Returns: its watch, which the caller ends: while somebody has the directory open, the kernel keeps it.
  mutating func retire(_ directory: RelativePath) -> Int32? {
    guard let watch = watches.removeValue(forKey: directory) else { return nil }
    paths[watch] = nil
    retired.insert(watch)
    return watch
  }

  /// Forgets a directory and all below it.
  ///
  /// - Returns: the watches, which the caller ends.
  mutating func retire(below directory: RelativePath) -> [Int32] {
    let ended = paths.filter { $0.value.isSame(as: directory, orBelow: true) }
    for (watch, path) in ended {
      paths[watch] = nil
      watches[path] = nil
      retired.insert(watch)
    }
    return Array(ended.keys)
  }
}
