import DeliveryModel

/// Files that somebody else put into places of the daemon's own: documents perhaps, of which nobody would hear otherwise.
///
/// A pure value: what a survey finds goes in. Names are kept up to a bound; beyond it files are counted.
struct ForeignFiles {
  private var found: [RelativePath: Leftover] = [:]
  /// Those without a name here.
  private var unnamed = 0
  private var sorted: [Leftover]?

  /// Names that are kept.
  static let namesKept = 1000

  var count: Int { found.count + unnamed }
  /// Whether all have to be counted anew to know how many there are.
  var mustCount: Bool { unnamed > 0 && found.count < Self.namesKept }

  mutating func add(_ leftover: Leftover) {
    guard found[leftover.path] != nil || found.count < Self.namesKept else {
      unnamed += 1
      return
    }
    if found.updateValue(leftover, forKey: leftover.path) != leftover { sorted = nil }
  }

  /// All are counted from now on.
  mutating func beginCount() { unnamed = 0 }

  /// Forgets those that `isGone` says are.
  mutating func forget(where isGone: (RelativePath) -> Bool) {
    for path in Array(found.keys) where isGone(path) {
      found[path] = nil
      sorted = nil
    }
  }

  /// By path.
  mutating func list() -> [Leftover] {
    if let sorted { return sorted }
    let list = found.values.sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }
    sorted = list
    return list
  }
}
