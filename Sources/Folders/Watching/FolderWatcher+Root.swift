import DeliveryModel
import Glibc
import SystemSupport

extension FolderWatcher {
  /// Opens the folder and begins to watch it; where it is missing, or is nothing that can be watched, it is looked for again
  /// in 5 s.
  func openRoot(at now: MonotonicInstant) {
    do throws(SystemCallError) {
      let root = try RootDirectory(folder.path)
      let fileSystem = try root.fileSystem()
      let remote = fileSystem.remoteName
      tracker.tick = fileSystem.changeTick()
      let identity = try root.status(of: .root).identity
      let isCovered = wasMounted && !root.isMountRoot
      let (name, seen, neighbours) = (folder.name, try root.seen(), services.neighbours)
      if let conflict = root.place.flatMap({ neighbours.claim(name, $0, identity, seen, isCovered) }) {
        return stayAway(conflict, at: now)
      }
      try settle(in: root)
      leaseProves = remote == nil
      nextRootCheck = nil
      status.problem = nil
      isPlaced(at: root)
      chooseMode(remote: remote)
      if source == nil { nextRootCheck = now + Self.rootPause }
    } catch {
      return stayAway(Self.words(for: error, folder.path), at: now)
    }
    unarmed = TreeWalk(from: .root)
    mountPoints = points()
    scans.requestWhole(.start)
    if heldUntil == nil, !services.neighbours.areOpened() { heldUntil = now + Self.longestHold }
  }

  /// How long a first scan waits for other folders to be opened.
  private static let longestHold = Duration.seconds(1)

  /// What belongs to another folder shows once that is open: a scan does not begin before, unless one does not answer.
  func reviewHold(at now: MonotonicInstant) {
    if let end = heldUntil, now >= end || services.neighbours.areOpened() { heldUntil = nil }
  }

  /// Between two looks at the place of a folder that is not there, or of which nobody tells when it goes.
  static let rootPause = Duration.seconds(5)

  private func stayAway(_ reason: String, at now: MonotonicInstant) {
    become(.missing(absence(reason)))
    nextScan = nil
    nextRootCheck = now + Self.rootPause
  }

  /// What stands at the folder's place, and what would help.
  private static func words(for error: SystemCallError, _ path: String) -> String {
    let shown = EscapedText.escape(path)
    return switch error.code {
    case ELOOP:
      "\(shown) is a symbolic link, or leads through one that others than root can change: write where it leads"
    case ENOTDIR: "\(shown), or a part of it, is not a directory: put a directory there, or correct the path"
    case ENOENT: "\(shown) does not exist: create it, mount it, or correct the path"
    case EACCES, EPERM:
      "\(shown) cannot be reached by the daemon's user: 'sudo s3loggerd check' prints the command that lets it"
    default: error.description
    }
  }

  /// Tells what is at the folder's place. Where a file system was mounted and none is now, the files are elsewhere; what
  /// people save there meanwhile is delivered all the same.
  private func isPlaced(at root: RootDirectory) {
    let isMounted = root.isMountRoot
    if wasMounted, !isMounted {
      let reason = "the file system that was mounted at \(EscapedText.escape(folder.path)) is gone"
      become(.unmounted(root, absence(reason)))
    } else {
      become(.present(root))
    }
    wasMounted = wasMounted || isMounted
  }

  private func absence(_ reason: String) -> FolderPresence.Absence {
    FolderPresence.Absence(since: presence.absence?.since ?? services.wallClock(), reason: reason)
  }

  /// Says what is new about it.
  private func become(_ next: FolderPresence) {
    switch presence.news(in: next) {
    case .unavailable(let reason)?: services.report(.unavailable(folder: folder.name, reason: reason))
    case .available?: services.report(.available(folder: folder.name))
    case nil: break
    }
    presence = next
    status.presence = next.absence == nil ? .present : .missing
  }

  private func chooseMode(remote: String?) {
    switch (folder.mode, remote) {
    case (.poll, _): return
    case (.auto, let remote?):
      services.report(
        .polling(
          folder: folder.name,
          reason: "\(remote) tells no events of what other machines write; looking every \(folder.pollInterval)"))
    default: startEvents()
    }
  }

  /// A kernel queue of the folder's own. Without one, the folder is polled until the next scan tries again.
  private func startEvents() {
    do throws(SystemCallError) {
      let source = try EventSource(wake: wake)
      self.source = source
      services.register(source)
    } catch {
      poll(because: error)
    }
  }

  /// A directory above that is moved or removed takes the folder away, of which the folder's own watches say nothing.
  func watchAbove(at now: MonotonicInstant) {
    guard let source else { return }
    above = []
    mustLookForMoves = false
    var path = Array(folder.path.utf8)
    while let slash = path.lastIndex(of: UInt8(ascii: "/")), slash > 0 {
      path.removeSubrange(slash...)
      if let watch = source.instance.watchMoves(of: path) { above.insert(watch) } else { mustLookForMoves = true }
    }
    if mustLookForMoves { nextRootCheck = now + Self.rootPause }
  }

  /// Gives up events: they would not be complete. Those not yet looked at are made good by a scan.
  func poll(because error: SystemCallError) {
    directories = knownDirectories
    stopEvents()
    tracker.doubt()
    var next = EventFallback(error, directories: knownDirectories, pause: folder.pollInterval, at: .now)
    if let fallback { next.goOn(after: fallback) }
    fall(to: next)
    scans.requestWhole(.poll)
  }

  private func fall(to next: EventFallback) {
    if fallback?.reason != next.reason { services.report(.polling(folder: folder.name, reason: next.reason)) }
    fallback = next
  }

  /// A directory gets no watch, for want of memory: those that have one keep it, all are looked through as in a polled folder.
  func leaveUnwatched() {
    unwatched += 1
    unarmed = TreeWalk()
    if let scan = nextScan { nextScan = min(scan, .now + folder.pollInterval) }
    guard fallback?.isForMemory != true else { return }
    var next = EventFallback(
      SystemCallError(call: SystemCallError.boundOfOurs, code: ENOMEM, path: Array(folder.path.utf8)),
      directories: knownDirectories, pause: folder.pollInterval, at: .now)
    next.reason = services.budget.advice(directories: nil, folder: folder.name)
    fall(to: next)
  }

  /// A scan of everything counted the directories: says what would do for them, or that events are back.
  func reviewFallback() {
    let unwatched = unwatched
    self.unwatched = 0
    // Directories may have gone.
    _ = services.budget.hold(table.weight, folder: folder.name)
    guard var next = fallback else { return }
    if source != nil, isArmed, unwatched == 0 {
      fallback = nil
      services.report(.watchingAgain(folder: folder.name))
    } else if let limit = next.limit, let setting = next.setting {
      next.reason = limit.advice(setting, directories: knownDirectories)
      fall(to: next)
    } else if next.isForMemory {
      next.reason = services.budget.advice(directories: knownDirectories, folder: folder.name)
      fall(to: next)
    }
  }

  func stopEvents() {
    if let source { services.unregister(source) }
    services.budget.release(folder.name)
    source = nil
    above = []
    table = WatchTable()
    unarmed = TreeWalk()
  }

  /// Looks whether the path still leads to the directory that is watched, and whether events could be had again.
  func checkRoot(at now: MonotonicInstant) {
    guard let root else { return }
    nextRootCheck = source == nil || mustLookForMoves ? now + Self.rootPause : nil
    if !root.isStillInPlace() {
      loseRoot(at: now)
    } else if source == nil, folder.mode != .poll, leaseProves || folder.mode == .inotify {
      if fallback?.isAttemptDue(at: now, longestPause: folder.rescan) ?? false {
        startEvents()
        if source != nil { unarmed = TreeWalk(from: .root) }
      }
    }
  }

  /// Something was mounted or unmounted somewhere.
  func mountsChanged(at now: MonotonicInstant) {
    if root == nil { openRoot(at: now) } else { checkRoot(at: now) }
  }

  /// The watched directory is no longer what the path leads to. Nothing is taken for deleted: what comes back is scanned.
  func loseRoot(at now: MonotonicInstant) {
    stopEvents()
    foundDevice(nil)
    // What was mounted is elsewhere still; a directory that was moved or removed is the folder's no more.
    if !wasMounted { services.neighbours.release(folder.name) }
    leftTo = [:]
    presence.lose()
    tracker = SettleTracker(window: window.current)
    leftovers = LeftoverTracker()
    (foreign, placeSurvey, placesSeen) = (ForeignFiles(), PlaceSurvey(), nil)
    unreadable = UnreadableTracker()
    departures = DepartureTracker()
    sweep = nil
    scans.clear()
    pace.abandon()
    surveys.restart()
    openRoot(at: now)
  }
}
