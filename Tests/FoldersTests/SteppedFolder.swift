import DeliveryModel
import Glibc
import Synchronization
import SystemSupport
import TestSupport

@testable import Folders

/// One folder of a watcher, moved on by hand on the test's own thread: what happens between two steps is up to the test.
final class SteppedFolder {
  let directory: TemporaryDirectory
  let watcher: FolderWatcher
  let clock: AheadClock
  private let reported = ReportList()
  var reports: [WatchReport] { reported.all }
  var beats: Int { reported.beats }

  /// Watched, and looked through once.
  convenience init(
    known: any KnownFiles = MemoryJournal(), ahead: Duration = .zero, isUpgraded: Bool = false,
    include: [String] = [], exclude: [String] = [], ignoreTemporary: Bool = true, bound: WatchBound = .current,
    neighbours: Neighbours = Neighbours(), history: Duration = .zero,
    prepare: (TemporaryDirectory) throws -> Void = { _ in }
  ) throws {
    let directory = try TemporaryDirectory()
    try prepare(directory)
    let folder = WatchedFolder(
      name: "inbox", path: directory.path, include: include, exclude: exclude, ignoreTemporary: ignoreTemporary)
    try self.init(
      directory, folder, known, AheadClock(ahead), isUpgraded: isUpgraded, bound: bound, neighbours, history)
  }

  /// As ``init(known:prepare:)``, of the same folder after a reload.
  convenience init(after former: SteppedFolder) throws {
    try self.init(
      former.directory, former.watcher.folder, MemoryJournal(), former.clock, isUpgraded: false, after: former.watcher)
  }

  private init(
    _ directory: TemporaryDirectory, _ folder: WatchedFolder, _ known: any KnownFiles, _ clock: AheadClock,
    isUpgraded: Bool, bound: WatchBound = .current, _ neighbours: Neighbours = Neighbours(),
    _ history: Duration = .zero, after former: FolderWatcher? = nil
  ) throws {
    self.directory = directory
    self.clock = clock
    let reported = reported
    watcher = FolderWatcher(
      folder,
      WatchServices(
        known: known, wallClock: { clock.now }, report: { reported.add($0) }, random: { 0.5 },
        isUpgraded: { _ in isUpgraded }, register: { _ in }, unregister: { _ in },
        budget: WatchBudget(bound, folders: 1), opened: { _ in }, history: { history }, neighbours: neighbours,
        handOver: { _, _, _ in }),
      beat: { reported.beat() })
    if let former { watcher.takeOver(from: former) }
    watcher.openRoot(at: .now)
    while !watcher.isArmed { watcher.armStep() }
    scan()
  }

  /// Looks through all that is to be looked through.
  func scan() {
    while watcher.canScan { watcher.scanStep(at: .now) }
  }

  /// Takes in what the kernel has to tell; if `lost`, it is as if its queue had overflowed.
  func takeEvents(lost: Bool = false) {
    var scratch: [UInt8] = []
    watcher.source?.discard(lost)
    _ = watcher.source?.drain(scratch: &scratch, at: .now)
    watcher.source?.discard(false)
    if lost { inject([(-1, InotifyEvent.overflow, "")]) } else { watcher.handleEvents() }
  }

  /// Takes in events as if the kernel had written them.
  func inject(_ events: [(watch: Int32, mask: UInt32, name: String)]) {
    for event in events {
      let bytes = InotifyEvents.encode(watch: event.watch, mask: event.mask, name: Array(event.name.utf8))
      watcher.source?.append(bytes, at: .now)
    }
    watcher.handleEvents()
  }
}

/// The machine's wall clock, so far ahead.
final class AheadClock: Sendable {
  private let ahead: Mutex<Duration>

  init(_ ahead: Duration) { self.ahead = Mutex(ahead) }

  var now: Timestamp { WallClock.now + ahead.withLock { $0 } }
  func advance(_ by: Duration) { ahead.withLock { $0 += by } }
}

private final class ReportList: Sendable {
  private let reports = Mutex<[WatchReport]>([])
  private let turns = Atomic(0)

  var all: [WatchReport] { reports.withLock { $0 } }
  var beats: Int { turns.load(ordering: .relaxed) }

  func add(_ report: WatchReport) { reports.withLock { $0.append(report) } }
  func beat() { turns.add(1, ordering: .relaxed) }
}
