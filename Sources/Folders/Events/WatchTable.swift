import DeliveryModel

/// Which directory each kernel watch is for, and the reverse.
///
/// A directory is known by its name and the watch of the directory that it is in: what the table takes does not grow with
/// the length of the paths, and a directory that is renamed takes those in it along.
struct WatchTable {
  private enum Position {
    case root
    case below(Int32, name: [UInt8])
    /// In a directory that is not watched.
    case apart(RelativePath)
  }

  private struct Place: Hashable {
    let parent: Int32
    let name: [UInt8]
  }

  private var positions: [Int32: Position] = [:]
  private var named: [Place: Int32] = [:]
  private var apart: [RelativePath: Int32] = [:]
  private var inside: [Int32: Set<Int32>] = [:]
  private var rootWatch: Int32?
  /// What was bound last and what it was bound in: the next one is in one of them, as directories are walked through.
  private var recent: [(path: RelativePath, watch: Int32)] = []
  /// Watches that were ended and whose last events may still come.
  private var retired: Set<Int32> = []
  /// Those of directories that may be gone.
  private var doubtful: Set<Int32> = []
  /// Bytes of the names.
  private var nameBytes = 0

  var count: Int { positions.count }

  /// About what it takes, in bytes, with what the kernel counts against us for a watch and the directory it holds.
  var weight: Int { nameBytes + count * Self.bytesOfWatch }

  /// Measured with ext4 in a control group of its own: 2,000 bytes of the kernel's (a watch pins the inode and the name) for
  /// names of 230 bytes, 250 and the name of ours.
  static let bytesOfWatch = 2200

  func path(of watch: Int32) -> RelativePath? {
    var names: [[UInt8]] = []
    var beginning: [UInt8] = []
    var next = watch
    climb: while let position = positions[next] {
      switch position {
      case .root: break climb
      case .apart(let path):
        beginning = path.bytes
        break climb
      case .below(let parent, let name):
        names.append(name)
        next = parent
      }
    }
    if positions[next] == nil { return nil }
    return RelativePath(
      unchecked: names.reversed().reduce(into: beginning) { path, name in
        if !path.isEmpty { path.append(GlobPattern.slash) }
        path += name
      })
  }

  func isRetired(_ watch: Int32) -> Bool { retired.contains(watch) }

  func isWatched(_ path: RelativePath) -> Bool { find(path).map { !doubtful.contains($0) } ?? false }

  private func find(_ path: RelativePath) -> Int32? {
    if path == .root { return rootWatch }
    if let known = recent.first(where: { $0.path == path }) { return known.watch }
    let directory = path.directory
    if let parent = recent.first(where: { $0.path == directory }) {
      let watch = named[Place(parent: parent.watch, name: Array(path.name))]
      return watch ?? (apart.isEmpty ? nil : apart[path])
    }
    var watch = rootWatch
    for name in path.bytes.split(separator: GlobPattern.slash) {
      guard let parent = watch else { break }
      watch = named[Place(parent: parent, name: Array(name))]
    }
    return watch ?? (apart.isEmpty ? nil : apart[path])
  }

  /// A directory that was renamed keeps its watch: the newer path counts.
  ///
  /// - Returns: the watch of another directory that had the path before, which the caller ends.
  mutating func bind(_ watch: Int32, to path: RelativePath) -> Int32? {
    doubtful.remove(watch)
    if positions[watch] != nil, find(path) == watch { return nil }
    // First out of its old place: what it is bound in is then never below itself.
    take(watch)
    let displaced = retire(path)
    put(watch, at: path)
    return displaced
  }

  private mutating func put(_ watch: Int32, at path: RelativePath) {
    if path == .root {
      positions[watch] = .root
      rootWatch = watch
      return
    }
    let directory = path.directory
    if let parent = find(directory) {
      let name = Array(path.name)
      positions[watch] = .below(parent, name: name)
      named[Place(parent: parent, name: name)] = watch
      inside[parent, default: []].insert(watch)
      nameBytes += name.count
      recent = [(path, watch), (directory, parent)]
    } else {
      positions[watch] = .apart(path)
      apart[path] = watch
      nameBytes += path.bytes.count
    }
  }

  /// Takes a watch from its place; whether it had one. Those in it stay with it.
  @discardableResult
  private mutating func take(_ watch: Int32) -> Bool {
    guard let position = positions.removeValue(forKey: watch) else { return false }
    recent = []
    switch position {
    case .root: if rootWatch == watch { rootWatch = nil }
    case .below(let parent, let name):
      if named[Place(parent: parent, name: name)] == watch { named[Place(parent: parent, name: name)] = nil }
      inside[parent]?.remove(watch)
      if inside[parent]?.isEmpty == true { inside[parent] = nil }
      nameBytes -= name.count
    case .apart(let path):
      if apart[path] == watch { apart[path] = nil }
      nameBytes -= path.bytes.count
    }
    return true
  }

  /// Forgets a watch; those of directories in its directory keep their paths.
  private mutating func unbind(_ watch: Int32) -> RelativePath? {
    guard let path = path(of: watch) else { return nil }
    let children = (inside[watch] ?? []).compactMap { child in self.path(of: child).map { (child, $0) } }
    for (child, _) in children { take(child) }
    take(watch)
    for (child, place) in children {
      positions[child] = .apart(place)
      apart[place] = child
      nameBytes += place.bytes.count
    }
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
    guard let watch = find(directory) else { return nil }
    _ = unbind(watch)
    retired.insert(watch)
    return watch
  }

  /// Forgets a directory and all below it.
  ///
  /// - Returns: the watches, which the caller ends.
  mutating func retire(below directory: RelativePath) -> [Int32] {
    var ended = find(directory).map { [$0] } ?? []
    var next = 0
    while next < ended.count {
      ended += inside[ended[next]] ?? []
      next += 1
    }
    // The deepest first, so that none is left without the one that it is in.
    for watch in ended.reversed() { take(watch) }
    retired.formUnion(ended)
    return ended
  }

  /// Events were lost: until a directory is met again, it may be gone.
  mutating func doubt() { doubtful = Set(positions.keys) }

  /// Forgets the directories that were not met again; `end` ends a watch, and tells whether there was one.
  mutating func retireDoubtful(_ end: (Int32) -> Bool) {
    let gone = doubtful.map { ($0, depth(of: $0)) }.sorted { $0.1 > $1.1 }
    for (watch, _) in gone where unbind(watch) != nil && end(watch) { retired.insert(watch) }
    doubtful = []
  }

  private func depth(of watch: Int32) -> Int {
    var (depth, next) = (0, watch)
    while case .below(let parent, _)? = positions[next] { (depth, next) = (depth + 1, parent) }
    return depth
  }
}
