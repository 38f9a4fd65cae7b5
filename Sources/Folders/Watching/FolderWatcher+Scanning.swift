import DeliveryModel
import Glibc
import SystemSupport

extension FolderWatcher {
  /// Sets the watches of the next directory that has none yet, so that the folder counts as watched before all of its
  /// files are looked through.
  func armStep() {
    guard let path = unarmed.next(), let root else { return }
    do throws(SystemCallError) {
      let reader = try root.openDirectory(path)
      if isOurs(reader, path) { return }
      let status = try reader.status()
      if holder(of: reader, status, path) != nil { return }
      let isWatched = watch(reader, path)
      if path == .root { watchAbove(at: .now) }
      guard isWatched, folder.recursive else { return }
      // Most file systems count subdirectories as links; those that do not say 1.
      if status.links == 2 { return }
      unarmed.begin(path)
      while let entries = try reader.next() {
        for entry in entries where entry.kind == .directory {
          let child = path.appending(entry.name)
          if child.bytes.count <= Self.pathLimit, rules.judge(directory: child) == .take { unarmed.add(entry.name) }
        }
      }
    } catch {
      return  // the scan that follows tells
    }
  }

  /// - Returns: false where the folder, or what has no watch yet, is polled from now on.
  private func watch(_ reader: borrowing DirectoryReader, _ path: RelativePath) -> Bool {
    guard let source else { return false }
    do throws(SystemCallError) {
      guard services.budget.hold(table.weight, folder: folder.name) || table.isWatched(path) else {
        leaveUnwatched()
        return false
      }
      if let displaced = table.bind(try source.instance.watch(reader), to: path) { source.instance.unwatch(displaced) }
      return true
    } catch {
      if error.code == ENOENT || error.code == EACCES { return true }
      poll(because: error)
      return false
    }
  }

  /// One step of a scan: opens a directory, or looks through one buffer of the open one.
  func scanStep(at now: MonotonicInstant) {
    let begun = ThreadTime.now
    var isOfWhole = false
    if let directory = scans.active {
      isOfWhole = directory.visit.purpose != .directory
      list(directory, at: now)
    } else if let visit = scans.take() {
      isOfWhole = visit.purpose != .directory
      open(visit, at: now)
    }
    if isOfWhole { pace.count(ThreadTime.now - begun) }
    if let whole = scans.finishWhole() { finish(whole, at: now) }
  }

  private func open(_ visit: ScanVisit, at now: MonotonicInstant) {
    guard let root else { return }
    do throws(SystemCallError) {
      let reader = try root.openDirectory(visit.path)
      if isOurs(reader, visit.path) { return }
      let found = try? reader.status()
      if let found, let other = holder(of: reader, found, visit.path) { return leave(visit, to: other) }
      if !leftTo.isEmpty { leftTo[visit.path] = nil }
      if leftovers.contains(visit.path) { leftovers.forget(visit.path) }
      let wasIncomplete = status.closed.isIncomplete
      status.closed.note(visit.path, found.flatMap { try? reader.rights($0) })
      if status.closed.isIncomplete, !wasIncomplete, visit.purpose == .directory { scans.requestWhole(.rescan) }
      if visit.path.bytes.count <= Self.pathLimit { _ = watch(reader, visit.path) }
      scans.begin(visit, reader)
      if visit.purpose != .directory {
        scans.whole?.directories += 1
        scans.whole?.pathsHash &+= visit.path.hashValue
      }
    } catch {
      failed(visit, error, at: now)
    }
  }

  private func failed(_ visit: ScanVisit, _ error: SystemCallError, at now: MonotonicInstant) {
    switch FileProbe.outcome(of: error) {
    case .gone: if visit.path == .root { loseRoot(at: now) }
    case .ignored(let reason):
      unreadable.forget(visit.path)
      count(reason, visit)
      if reason == .mount { noteMount(visit.path, isCounted: visit.purpose != .directory) }
    case .unreadable where visit.path != .root: refuse(visit.path, isDirectory: true, error)
    case .unreadable:
      repeatSoon(
        """
        \(EscapedText.escape(folder.path)) may not be entered or listed by the service; 'sudo s3loggerd check' prints the \
        command that mends it (a group given meanwhile counts from the service's restart on)
        """, at: now)
    default: repeatSoon("\(place(visit.path)): the scan stopped and will be repeated: \(error.meaning)", at: now)
    }
  }

  /// A part could not be looked through: everything is, soon, and less and less often while that does not help.
  private func repeatSoon(_ reason: String, at now: MonotonicInstant) {
    scans.whole?.failed = true
    complain(reason)
    let wished = min(.seconds(5 << min(failedScans, 10)), folder.rescan)
    // What failed may be well again any moment: the share of a polled folder, while it lasts.
    let moment = now + pace.pause(atLeast: wished, isPolled: true)
    nextScan = min(nextScan ?? moment, moment)
  }

  /// A directory in words.
  private func place(_ path: RelativePath) -> String {
    path == .root ? EscapedText.escape(folder.path) : status.closed.shown(path)
  }

  private func list(_ directory: OpenDirectory, at now: MonotonicInstant) {
    do {
      guard let entries = try directory.reader.next() else {
        scans.end()
        try compareCount(of: directory)
        unreadable.forget(directory.visit.path)
        return
      }
      var found = Found(names: DirectoryNames(directory.visit.path, rules))
      for entry in entries { sort(entry, of: directory, into: &found) }
      if !found.passedOver.isEmpty { passOver(found.passedOver, in: directory, at: now) }
      if !found.files.isEmpty { try compare(found.files, in: directory, at: now) }
    } catch let error as SystemCallError {
      scans.end()
      failed(directory.visit, error, at: now)
    } catch {
      scans.end()
      repeatSoon("\(place(directory.visit.path)): the scan stopped and will be repeated: \(error)", at: now)
    }
  }

  /// What of a part of a directory is looked at further. Paths are made of those files alone that need one: most are known.
  private struct Found {
    let names: DirectoryNames
    /// To be compared.
    var files: [[UInt8]] = []
    var passedOver: [PassedOverFile] = []
  }

  /// Puts an entry where it belongs: a directory to enter, a file to compare, or the count of what is not taken.
  private func sort(_ entry: DirectoryEntry, of directory: OpenDirectory, into found: inout Found) {
    let visit = directory.visit
    if visit.path.bytes.count + 1 + entry.name.count > Self.pathLimit { return passOver(entry, of: directory) }
    var path: RelativePath { visit.path.appending(entry.name) }
    switch entry.kind ?? (try? directory.reader.status(of: entry.name).kind) {
    case .directory?: enter(path, entry.name, from: visit)
    case .symbolicLink?: pass(path, .symbolicLink, visit)
    case .special?: pass(path, .special, visit)
    case .file?:
      let verdict = found.names.judge(file: entry.name)
      if changedNames != nil { changedNames?.note(file: path, verdict) }
      switch verdict {
      case .ignore(.temporary):
        count(.temporary, visit)
        if let rule = rules.rule(of: path) {
          found.passedOver.append(PassedOverFile(name: entry.name, path: path, rule: rule))
        }
      case .take: if !isPage(named: entry.name, in: visit.path) { found.files.append(entry.name) }
      case .ignore(let reason): count(reason, visit)
      case .own:
        if let rule = rules.ownName(path) {
          found.passedOver.append(PassedOverFile(name: entry.name, path: path, rule: rule))
        }
      }
    case nil: break
    }
  }

  /// What lies too deep to be taken is counted one by one; its directories are looked through, but not watched.
  private func passOver(_ entry: DirectoryEntry, of directory: OpenDirectory) {
    let visit = directory.visit
    guard (entry.kind ?? (try? directory.reader.status(of: entry.name).kind)) == .directory else {
      return count(.tooLong, visit)
    }
    if visit.deep, folder.recursive { scans.enter(entry.name, visit.purpose) }
  }

  private func enter(_ path: RelativePath, _ name: [UInt8], from visit: ScanVisit) {
    guard visit.deep else { return }
    let verdict = rules.judge(directory: path)
    changedNames?.note(directory: path, verdict)
    switch verdict {
    case .own: return
    case .ignore(let reason): count(reason, visit)
    case .take:
      if folder.recursive { scans.enter(name, visit.purpose) } else { count(.subdirectory, visit) }
    }
  }

  /// It is no file any more, if it ever was one.
  private func pass(_ path: RelativePath, _ reason: IgnoreReason, _ visit: ScanVisit) {
    unreadable.forget(path)
    count(reason, visit)
  }

  /// A scan of everything counts anew, a new directory adds to the count, one that is looked through again does not.
  func count(_ reason: IgnoreReason, _ visit: ScanVisit) {
    if visit.purpose != .directory {
      scans.whole?.ignored[reason, default: 0] += 1
    } else if visit.deep {
      countIgnored(reason, 1)
    }
  }

  private func complain(_ reason: String) {
    if status.problem != reason { services.report(.problem(folder: folder.name, reason: reason)) }
    status.problem = reason
  }

  private func finish(_ whole: ScanQueue.Whole, at now: MonotonicInstant) {
    status.ignored = whole.ignored
    failedScans = whole.failed ? failedScans + 1 : 0
    leftovers.finishScan(isWhole: !whole.failed)
    if !whole.failed, let changed = changedNames {
      services.report(.namesChanged(folder: folder.name, changed))
      changedNames = nil
    }
    if !whole.failed {
      status.closed.finishScan()
      lookedThroughAll()
      // No event says it where a folder is polled: a directory that is gone, or has another name, took its files with it.
      let areOthers = isPolled && directoriesHash.map { $0 != whole.pathsHash } ?? false
      if whole.directories < directories || areOthers { leftDirectory() }
      directoriesHash = whole.pathsHash
      sweepDirectories(at: now)
      beginPlaceSurvey(at: now)
    }
    status.lastRescan = services.wallClock()
    directories = whole.directories
    reviewFallback()
    services.report(
      .scanned(
        folder: folder.name, purpose: whole.purpose, files: whole.files, directories: whole.directories))
    let jitter = Int64(750 + services.random() * 500)
    let wished = isPolled ? folder.pollInterval : folder.rescan * Double(jitter) / 1000
    pace.finish()
    let pause = pace.pause(atLeast: wished, isPolled: isPolled)
    status.stretchedScans = pause > wished ? pause : nil
    nextScan = min(nextScan ?? now + pause, now + pause)
    surveyScanned(isWhole: !whole.failed, at: now)
  }

  /// What was not met is gone, unless more may have been missed since.
  private func lookedThroughAll() {
    status.problem = nil
    if place.isNew {
      // It is finished once that is durable.
      place.isNew = false
      isLookedThrough = true
    } else if !isLookedThrough {
      status.firstScanFinished = true
    }
    unreadable.forget(where: isGone)
    guard scans.next == nil, let source else { return }
    table.retireDoubtful { source.instance.unwatch($0) }
  }
}
