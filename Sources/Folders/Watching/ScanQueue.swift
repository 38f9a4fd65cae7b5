import DeliveryModel
import SystemSupport

/// A directory to be looked through.
struct ScanVisit: Equatable {
  let path: RelativePath
  let purpose: ScanPurpose
  /// Whether the directories below are looked through too.
  let deep: Bool
}

/// The directories that are still to be looked through, and the one under way. Depth first without recursion; changed
/// directories before those of a scan of everything.
struct ScanQueue {
  /// A scan of the whole folder.
  struct Whole {
    let purpose: ScanPurpose
    var files = 0
    var directories = 0
    /// Stands for the set of their paths, in whichever order they were met.
    var pathsHash = 0
    var ignored: [IgnoreReason: Int] = [:]
    /// Whether a part of it could not be looked through.
    var failed = false
  }

  /// By path, so that a flood of events in one directory asks once; true where it is to be looked through deeply.
  private var changed: [RelativePath: Bool] = [:]
  private var changedOrder: [RelativePath] = []
  /// Bytes of these paths, and how many they may be: beyond, everything is looked through.
  private var changedBytes = 0
  private static let changedLimit = 16 << 20
  /// Below the changed directory that was opened last, and of the scan of everything.
  private var changedWalk = TreeWalk()
  private var wholeWalk = TreeWalk()
  /// The scan of everything that is under way.
  var whole: Whole?
  /// Another one is wanted after it.
  private(set) var next: ScanPurpose?
  private(set) var active: OpenDirectory?

  var isIdle: Bool { active == nil && changed.isEmpty && changedWalk.isEmpty && whole == nil && next == nil }

  /// Asks for a scan of everything, after the present one if there is one: that may have passed the place already.
  mutating func requestWhole(_ purpose: ScanPurpose) {
    if next != .start { next = purpose }
  }

  /// Asks for one directory: a new one with all below it (`deep`), or one of which events were not kept.
  mutating func request(_ path: RelativePath, deep: Bool) {
    guard changedBytes < Self.changedLimit || changed[path] != nil else { return requestWhole(.rescan) }
    if changed.updateValue(deep || changed[path] ?? false, forKey: path) == nil {
      changedOrder.append(path)
      changedBytes += path.bytes.count
    }
  }

  /// The directory was opened and is to be listed.
  mutating func begin(_ visit: ScanVisit, _ reader: consuming DirectoryReader) {
    active = OpenDirectory(visit, reader)
    if visit.purpose == .directory { changedWalk.begin(visit.path) } else { wholeWalk.begin(visit.path) }
  }

  /// A directory in the one that is being listed.
  mutating func enter(_ name: [UInt8], _ purpose: ScanPurpose) {
    if purpose == .directory { changedWalk.add(name) } else { wholeWalk.add(name) }
  }

  /// The directory to open next; nil when there is none.
  mutating func take() -> ScanVisit? {
    if let path = changedWalk.next() {
      changed[path] = nil
      return ScanVisit(path: path, purpose: .directory, deep: true)
    }
    while let path = changedOrder.popLast() {
      changedBytes -= path.bytes.count
      if let deep = changed.removeValue(forKey: path) {
        return ScanVisit(path: path, purpose: .directory, deep: deep)
      }
    }
    if let whole, let path = wholeWalk.next() { return ScanVisit(path: path, purpose: whole.purpose, deep: true) }
    guard whole == nil, let purpose = next else { return nil }
    next = nil
    whole = Whole(purpose: purpose)
    return ScanVisit(path: .root, purpose: purpose, deep: true)
  }

  /// The scan of everything, if nothing of it is left.
  mutating func finishWhole() -> Whole? {
    guard active == nil, wholeWalk.isEmpty, let finished = whole else { return nil }
    whole = nil
    return finished
  }

  /// The directory was listed to its end, or could not be.
  mutating func end() { active = nil }

  /// Forgets all visits: the folder is gone.
  mutating func clear() {
    self = ScanQueue()
  }
}

/// The directory that is being listed.
final class OpenDirectory {
  let visit: ScanVisit
  let reader: DirectoryReader
  /// How many files were met in it that are delivered.
  var delivered = 0

  init(_ visit: ScanVisit, _ reader: consuming DirectoryReader) {
    self.visit = visit
    self.reader = reader
  }
}
