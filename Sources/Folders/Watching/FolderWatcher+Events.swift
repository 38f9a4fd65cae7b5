import DeliveryModel
import SystemSupport

extension FolderWatcher {
  /// Takes in what the kernel said since the last time.
  func handleEvents() {
    guard let source else { return }
    let (last, overflowed) = source.take(&buffer)
    if overflowed { noteOverflow() }
    if buffer.isEmpty { return }
    let received = services.wallClock()
    let bytes = buffer
    var previous: (event: InotifyEvent, path: RelativePath)?
    // Of the event before, while no directory changed.
    var place: (watch: Int32, path: RelativePath)?
    for event in InotifyEvents(bytes) {
      guard self.source === source else { return }  // the folder went away meanwhile
      let directory = place?.watch == event.watch ? place?.path : table.path(of: event.watch)
      guard let directory, !event.name.isEmpty else {
        (previous, place) = (nil, nil)
        handleSpecial(event, at: last)
        continue
      }
      let path: RelativePath
      if let previous, previous.event.watch == event.watch, bytes[previous.event.name] == bytes[event.name] {
        path = previous.path
      } else {
        path = directory.appending(bytes[event.name])
      }
      previous = (event, path)
      place = (event.watch, directory)
      if event.isDirectory {
        handleDirectory(event, path)
        (previous, place) = (nil, nil)
      } else {
        handleFile(event, path, at: last, received: received)
      }
    }
  }

  /// Events that are not about an entry of a watched directory.
  private func handleSpecial(_ event: InotifyEvent, at now: MonotonicInstant) {
    if event.has(InotifyEvent.overflow) { return noteOverflow() }
    if above.contains(event.watch) { return checkRoot(at: now) }
    let ended = InotifyEvent.deletedSelf | InotifyEvent.movedSelf | InotifyEvent.unmounted
    if event.has(InotifyEvent.ignored) {
      let wasRetired = table.isRetired(event.watch)
      let directory = table.end(event.watch)
      if directory == .root { loseRoot(at: now) }
      if directory == nil, !wasRetired { scans.requestWhole(.rescan) }
    } else if event.has(ended) {
      if table.path(of: event.watch) == .root { loseRoot(at: now) }
    } else if event.has(InotifyEvent.attributes), table.path(of: event.watch) == .root {
      // Its last link has gone, or its rights are others.
      checkRoot(at: now)
      if root != nil { scans.request(.root, deep: false) }
    } else if table.path(of: event.watch) == nil, !table.isRetired(event.watch) {
      scans.requestWhole(.rescan)
    }
  }

  /// The events that were dropped may have been about anything.
  private func noteOverflow() {
    status.overflows += 1
    table.doubt()
    tracker.doubt()
    services.report(.overflow(folder: folder.name))
    scans.requestWhole(.rescan)
  }

  private func handleDirectory(_ event: InotifyEvent, _ path: RelativePath) {
    if event.has(InotifyEvent.movedFrom) {
      // Renamed or moved away: if it stays in the folder it arrives as a new directory, is watched again and scanned.
      leftDirectory()
      for watch in table.retire(below: path) { source?.instance.unwatch(watch) }
      tracker.forget(below: path)
      leftovers.forget(below: path)
      unreadable.forget(below: path)
    } else if event.has(InotifyEvent.deleted) {
      unreadable.forget(path)
      if let watch = table.retire(path) { source?.instance.unwatch(watch) }
    } else if event.has(InotifyEvent.movedTo) {
      if shouldEnter(path) { scans.request(path, deep: true) }
    } else if event.has(InotifyEvent.create | InotifyEvent.attributes) {
      // One that is watched was met by a scan, which looks through it after setting the watch; its new permissions may
      // open what could not be read.
      let isNew = unreadable.contains(below: path) || !table.isWatched(path)
      // New rights decide who may know what is in it.
      if shouldEnter(path) { scans.request(path, deep: isNew) }
    }
  }

  private func handleFile(
    _ event: InotifyEvent, _ path: RelativePath, at now: MonotonicInstant, received: Timestamp
  ) {
    let leaves = event.has(InotifyEvent.deleted | InotifyEvent.movedFrom)
    switch path.bytes.count > Self.pathLimit ? .ignore(.tooLong) : rules.judge(file: path) {
    case .own where orders[path] != nil, .ignore(.temporary) where orders[path] != nil: break
    case .own:
      if rules.ownName(path) != nil { notePassedOver(path, leaves: leaves, at: now) }
      return
    case .ignore(let reason):
      if reason == .temporary { notePassedOver(path, leaves: leaves, at: now) }
      if leaves { countIgnored(reason, -1) } else if event.has(Self.arrives) { countIgnored(reason, 1) }
      return
    case .take: break
    }
    if leaves {
      // Two files that change places (`renameat2(2)`): each goes to the other's name before that goes.
      if event.has(InotifyEvent.movedFrom), tracker.contains(path), (try? root?.status(of: path)) != nil { return }
      tracker.forget(path)
      unreadable.forget(path)
      left(path, at: now)
    } else if let signal = Self.signal(of: event) {
      departures.came(path)
      track(signal, path, at: now, received: received)
    }
  }

  /// Beyond the bound only the directory is remembered.
  private func track(_ signal: SettleSignal, _ path: RelativePath, at now: MonotonicInstant, received: Timestamp) {
    if tracker.count >= Self.trackLimit, !tracker.contains(path) {
      scans.request(path.directory, deep: false)
    } else {
      tracker.note(
        signal, path, at: now, received: received,
        isGapless: signal == .attributes && isGapless && !unreadable.mayHold(path))
    }
  }

  /// Whether every change since the last look through the whole folder was told, and nothing waits to be looked through:
  /// a file that was not told of is as the journal has it.
  private var isGapless: Bool {
    leaseProves && source != nil && fallback == nil && status.firstScanFinished && failedScans == 0 && scans.isIdle
  }

  private static let arrives = InotifyEvent.create | InotifyEvent.movedTo

  private static func signal(of event: InotifyEvent) -> SettleSignal? {
    if event.has(InotifyEvent.closedWriting) { return .closed }
    if event.has(InotifyEvent.movedTo) { return .movedIn }
    if event.has(InotifyEvent.modified) { return .modified }
    if event.has(InotifyEvent.create) { return .created }
    return event.has(InotifyEvent.attributes) ? .attributes : nil
  }

  /// Between two scans the count follows the events; each scan makes it exact.
  func countIgnored(_ reason: IgnoreReason, _ change: Int) {
    status.ignored[reason] = max(0, (status.ignored[reason] ?? 0) + change)
  }

  /// Whether a directory is looked into at all.
  private func shouldEnter(_ path: RelativePath) -> Bool {
    folder.recursive && rules.judge(directory: path) == .take
  }

  /// Bytes of a path that is taken: `PATH_MAX` without its NUL. What lies deeper is looked through to be counted.
  static let pathLimit = 4095
}
