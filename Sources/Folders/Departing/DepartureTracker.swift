import DeliveryModel
import SystemSupport

/// Which files of a folder are gone: seen absent, and still absent when the settle window has passed. A pure value over the
/// monotonic clock.
///
/// Events name files; what events do not tell (a directory that was moved away, anything while nobody watched) is found by
/// walking through what the journal says to stand in a directory, a few names at a time. Bounded: while many files wait for
/// their moment no walk goes on, and what an event names beyond the bound has its whole directory walked through.
struct DepartureTracker {
  /// A directory whose names are being compared with what stands there.
  struct Walk: Equatable {
    let directory: RelativePath
    /// How many files a scan missed in it; nil where no scan did.
    var missing: Int?
    /// The last name that was looked at.
    var after: [UInt8] = []
    /// Whether any was absent.
    var hasFound = false
  }

  private var waiting: [RelativePath: MonotonicInstant] = [:]
  /// In the order of their moments, as all wait equally long.
  private var order: [(path: RelativePath, at: MonotonicInstant)] = []
  private var first = 0
  private var directories: Set<RelativePath> = []
  private var walks: [Walk] = []
  /// Directories in which a walk found nothing absent though a scan missed so many, as with names that are not taken any more:
  /// while it misses as many, none is made again.
  private var explained: [RelativePath: Int] = [:]
  private(set) var walk: Walk?
  /// Gone, and not in the journal yet.
  private(set) var gone: Set<RelativePath> = []
  private var handedOver: [RelativePath] = []

  /// Files that wait for their moment, at most.
  static let limit = 10_000
  /// Names or files in one step.
  static let step = 128

  /// A file left its name.
  mutating func left(_ path: RelativePath, at now: MonotonicInstant, window: Duration) {
    guard !gone.contains(path) else { return }
    guard waiting.count < Self.limit || waiting[path] != nil else { return suspect(path.directory) }
    let moment = now + window
    waiting[path] = moment
    order.append((path, moment))
  }

  /// Something has its name again.
  mutating func came(_ path: RelativePath) {
    if !waiting.isEmpty { waiting[path] = nil }
  }

  /// Files of this directory may be gone; `missing` is how many a scan did not meet.
  mutating func suspect(_ directory: RelativePath, missing: Int? = nil) {
    if let missing, explained[directory] == missing { return }
    if directories.insert(directory).inserted { walks.append(Walk(directory: directory, missing: missing)) }
  }

  var isIdle: Bool { waiting.isEmpty && walk == nil && walks.isEmpty && gone.isEmpty }

  /// Whether more directories may be named: no more than that many wait to be walked through by one look at the journal.
  var hasRoom: Bool { walks.count < Self.step }

  /// When something is to be done at the latest.
  var nextDeadline: MonotonicInstant? {
    if walk != nil || !walks.isEmpty, waiting.count < Self.limit / 2 { return MonotonicInstant(nanoseconds: 0) }
    return first < order.count ? order[first].at : nil
  }

  /// The files whose moment has come, a few at a time.
  mutating func due(at now: MonotonicInstant) -> [RelativePath] {
    var paths: [RelativePath] = []
    while first < order.count, order[first].at <= now, paths.count < Self.step {
      let next = order[first]
      first += 1
      if waiting[next.path] == next.at {
        waiting[next.path] = nil
        paths.append(next.path)
      }
    }
    if first > 1024, first * 2 > order.count {
      order.removeFirst(first)
      first = 0
    }
    return paths
  }

  /// The walk to go on with; nil while there is none, or too many files wait.
  mutating func nextWalk() -> Walk? {
    guard waiting.count < Self.limit / 2 else { return nil }
    if walk == nil, !walks.isEmpty {
      let next = walks.removeFirst()
      directories.remove(next.directory)
      walk = next
    }
    return walk
  }

  /// The walk has come to `name`, nil where it is over; `found`: some were absent.
  mutating func walked(to name: [UInt8]?, found: Bool = false) {
    if found { walk?.hasFound = true }
    if let name {
      walk?.after = name
      return
    }
    if let walk, let missing = walk.missing, !walk.hasFound {
      if explained.count >= Self.limit { explained.removeAll() }
      explained[walk.directory] = missing
    }
    walk = nil
  }

  /// The file is gone for certain.
  mutating func depart(_ path: RelativePath) {
    if gone.insert(path).inserted { handedOver.append(path) }
  }

  /// What is to be made durable, once.
  mutating func takeDeparted() -> [RelativePath] {
    defer { handedOver = [] }
    return handedOver
  }

  var hasDeparted: Bool { !handedOver.isEmpty }

  /// It is durable.
  mutating func accepted(_ paths: [RelativePath]) { gone.subtract(paths) }
}
