import DeliveryModel
import SystemSupport

/// How one folder is watched. Lives on the folder's thread alone.
///
/// The work is cut into short steps, so that events are never late: due files, one buffer of a scan. Nothing in it grows with the folder: files being settled are bounded, and a scan waits for them.
final class FolderWatcher {
  let folder: WatchedFolder
  var rules: NameRules
  let services: WatchServices
  /// The thread comes on: a call has returned, another follows.
  let beat: () -> Void
  /// Called with the number of the folder's file system once known files were found under it, and it was another before.
  var foundDevice: (UInt64?) -> Void = { _ in }
  /// Files of others in places of ours, and the look for them.
  var foreign = ForeignFiles()
  var placeSurvey = PlaceSurvey()
  /// Directories of these that did not change since hold no other; nil before the first look.
  var placesSeen: Timestamp?
  /// What changed before is of a time of which the journal does not know everything.
  var placesFloor = Timestamp(milliseconds: 0)
  /// Directories that are left to other folders, and to which.
  var leftTo: [RelativePath: String] = [:]
  /// Until when the first scan waits for the other folders.
  var heldUntil: MonotonicInstant?
  /// Ends the wait of the thread.
  let wake: WakeUp?
  /// Whether the folder is there; see ``become(_:)``.
  var presence = FolderPresence.opening
  /// What ``root`` is to the journal.
  var place = FolderPlacing()
  /// Nil while the folder is polled.
  var source: EventSource?
  /// Directories that the last complete scan entered.
  var directories = 0
  /// Which ones these were; nil before the first.
  var directoriesHash: Int?
  /// Whether the folder was the root of a mounted file system.
  var wasMounted = false
  /// Whether a lease sees every writer: not on a file system that other machines write to.
  var leaseProves = true
  var table = WatchTable()
  /// The watches of the directories above the folder.
  var above: Set<Int32> = []
  /// Whether nobody tells when one of these is moved or removed.
  var mustLookForMoves = false
  var tracker: SettleTracker
  var window: SettleWindow
  var scans = ScanQueue()
  /// Directories whose watches are still to be set before the folder counts as watched.
  var unarmed = TreeWalk()
  var offers = RecentOffers()
  var leftovers = LeftoverTracker()
  /// Where the kernel's table had something mounted in the folder.
  var mountPoints: Set<RelativePath> = []
  /// Files that are delivered although a built-in rule passes over their names, and whom to tell.
  var orders: [RelativePath: @Sendable (TakeOutcome) -> Void] = [:]
  /// What the first scan after an upgrade of the program has to report; nil once it did.
  var changedNames: ChangedNames?
  /// Files that wait for another one.
  var partners = PartnerNames()
  var unreadable = UnreadableTracker()
  /// Delivered files that may be gone.
  var departures = DepartureTracker()
  /// The directory up to which those that the journal has were looked for; nil while they are not.
  var sweep: Int64??
  var lastSweep: MonotonicInstant?
  /// Another directory left meanwhile.
  var mustSweepAgain = false
  /// Whether somebody is to be told that all of it was looked through for the first time.
  var isLookedThrough = false
  var status: FolderWatchStatus
  /// Who waits until all that lies here is durable.
  var surveys = FolderSurveys()
  /// How much of a processor scans of everything take.
  var pace = ScanPace()
  /// When the next scan of everything is due; nil while one is under way or the folder is missing.
  var nextScan: MonotonicInstant?
  /// Scans of everything, one after the other, of which a part failed.
  var failedScans = 0
  /// While the folder is missing: when to look again.
  var nextRootCheck: MonotonicInstant?
  /// Set while the folder is polled although events are wanted.
  var fallback: EventFallback?
  /// Directories that the present scan of everything left without a watch, for want of memory.
  var unwatched = 0
  /// Files that may be handed over.
  var settled: [SettledFile] = []
  var buffer: [UInt8] = []

  init(_ folder: WatchedFolder, _ services: WatchServices, wake: WakeUp? = nil, beat: @escaping () -> Void) {
    self.beat = beat
    self.wake = wake
    self.folder = folder
    self.services = services
    rules = NameRules(folder)
    changedNames = services.isUpgraded(folder.name) ? ChangedNames(folder) : nil
    window = SettleWindow(folder.settle)
    tracker = SettleTracker(window: folder.settle)
    status = FolderWatchStatus(name: folder.name, path: folder.path, mode: folder.mode == .poll ? .poll : .inotify)
  }

  /// The same folder with other settings goes on where `former` was.
  func takeOver(from former: FolderWatcher) {
    offers = former.offers
    settled = former.settled
    surveys = former.surveys
    surveys.restart()
    status.missedEvents = former.status.missedEvents
    status.overflows = former.status.overflows
    guard folder.path == former.folder.path else { return }
    wasMounted = former.wasMounted
    if let absence = former.presence.absence { presence = .missing(absence) }
  }

  /// Whether every directory is watched as far as it can be.
  var isArmed: Bool { unarmed.isEmpty }

  /// Whether scans alone find what is new.
  var isPolled: Bool { source == nil || fallback != nil }

  /// What is watched; nil while the folder is not there.
  var root: RootDirectory? { presence.root }

  /// Whether there is something at the folder's place to look at.
  var isPresent: Bool { root != nil }

  /// When something is to be done at the latest, if no event comes first.
  var nextDeadline: MonotonicInstant? {
    // What is to be looked at waits with the folder.
    let settling = root != nil && settled.count < Self.batchLimit ? tracker.nextDeadline : nil
    let leftover = root == nil ? nil : leftovers.nextDeadline
    let departing =
      root == nil
      ? nil
      : sweep == nil || !departures.hasRoom
        ? departures.nextDeadline : MonotonicInstant(nanoseconds: 0)
    let survey = root == nil || !scans.isIdle ? nil : placeSurvey.next
    let others = [
      survey, heldUntil, nextScan, nextRootCheck, window.end, unreadable.nextDeadline, surveys.next, departing,
    ]
    return ([settling, leftover] + others).compactMap { $0 }.min()
  }

  /// Whether a step of a scan can be made now.
  var canScan: Bool {
    root != nil && heldUntil == nil && !scans.isIdle && tracker.count < Self.scanLimit
      && settled.count < Self.batchLimit / 2
  }

  /// Does what is due: the folder's own place, the time for a scan, files that may have come to rest.
  func turn(at now: MonotonicInstant) {
    if let check = nextRootCheck, check <= now { mountsChanged(at: now) }
    reviewHold(at: now)
    if let scan = nextScan, scan <= now {
      nextScan = nil
      checkRoot(at: now)
      scans.requestWhole(isPolled ? .poll : .rescan)
    }
    if window.expire(at: now) {
      tracker.change(window: window.current)
      services.report(.windowRestored(folder: folder.name, to: window.current))
    }
    settleDue(at: now)
    lookAtLeftovers(at: now)
    lookForDepartures(at: now)
    unreadable.advance(to: now)
  }

  /// How many directories it has, as far as was seen.
  var knownDirectories: Int { max(directories, table.count) }

  /// The status as it stands.
  func publish(at now: MonotonicInstant) -> FolderWatchStatus {
    status.mode = fallback != nil || source == nil && (isPresent || folder.mode == .poll) ? .poll : .inotify
    status.directories = fallback == nil || fallback?.isForMemory == true ? table.count : 0
    status.waiting = tracker.count + offers.inFlight
    status.oldestWaitingSince = tracker.oldest
    let late = tracker.late(at: now, limit: 20)
    // While nothing is taken, files at rest grow old as well: that is reported as what it is.
    let isTaken = settled.count < Self.batchLimit
    status.overdueCount = isTaken ? late.overdue : 0
    status.late = late.first.map { path, entry in
      FolderWatchStatus.LateFile(
        path: path, since: entry.received, isHeldOpen: entry.isHeldOpen,
        isOverdue: isTaken && now - entry.noticed >= SettleTracker.warnAfter)
    }
    for (path, entry) in tracker.takeOverdue(at: now) {
      services.report(.overdue(folder: folder.name, path: path, isHeldOpen: entry.isHeldOpen))
    }
    status.leftovers = foreign.list() + leftovers.list()
    status.leftoverCount = foreign.count + leftovers.count
    status.unreadable = unreadable.lasting()
    status.unreadableCount = unreadable.lastingCount
    status.isIncomplete = failedScans > 0
    status.root = root == nil ? nil : place.root
    var published = status
    published.problem = presence.absence?.reason ?? status.problem ?? fallback?.reason ?? slowScans
    if !unreadable.isEmpty { published.ignored[.unreadable] = unreadable.count }
    return published
  }

  /// Nil while a scan of everything comes every hour at least.
  private var slowScans: String? {
    guard let pause = status.stretchedScans, pause > ScanPace.longest else { return nil }
    let share = isPolled ? "10 %" : "1 %"
    return """
      \(folder.name) has so many files that it is looked through only every \(pause.components.seconds / 60) min, to take no \
      more than \(share) of a processor: what the kernel fails to report is found as late; with after_upload = "move" it \
      stays small
      """
  }

  /// The receiver has this file of the folder.
  func accepted(_ file: SettledFile, at now: MonotonicInstant) {
    offers.accept(file, at: now)
    surveys.accepted += 1
    place.isUsual = true
    carriedOut(file.path)
  }

  /// The receiver found the file changed while it was read; `isNew`: it is certainly another state than the journal has.
  func resettle(_ path: RelativePath, isNew: Bool, at now: MonotonicInstant) {
    offers.forget(path)
    tracker.note(isNew ? .modified : .closed, path, at: now, received: services.wallClock())
  }

  /// Files in one hand-over.
  static let batchLimit = 512
  /// Files being settled beyond which events only mark their directory.
  static let trackLimit = 20_000
  /// Files being settled beyond which scans wait.
  static let scanLimit = 10_000
}
