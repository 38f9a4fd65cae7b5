import DeliveryModel
import Synchronization
import SystemSupport

/// What the thread of a folder does, turn by turn: it takes in events, lets files settle, scans, and does the steps that
/// others have for it. Nothing of it is touched from outside.
final class FolderLoop {
  private let folder: Folder
  private let runner: FolderRunner
  private var watcher: FolderWatcher?
  private var isHandingOver = false
  private var published = MonotonicInstant(nanoseconds: 0)
  private var isPublishDue = false

  init(_ folder: Folder) {
    self.folder = folder
    runner = folder.runner
  }

  func run() {
    while !runner.isEnded {
      runner.activity.begin()
      for command in folder.takeCommands() { carryOut(command, at: .now) }
      let hasWork = turn()
      let hasSteps = runner.runStep()
      runner.hasReturned()
      if !hasWork, !hasSteps { runner.wake.wait(until: nextDeadline) }
    }
    runner.activity.begin()
    stopWatching()
    runner.hasReturned()
  }

  private func carryOut(_ command: Folder.Command, at now: MonotonicInstant) {
    switch command {
    case .watch(let settings, let services): watch(settings, services)
    case .unwatch(let done):
      stopWatching()
      done()
    default: if let watcher { carryOut(command, watcher, at: now) }
    }
  }

  private func watch(_ settings: WatchedFolder, _ services: WatchServices) {
    let watcher = FolderWatcher(settings, services, wake: runner.wake, beat: beat)
    watcher.foundDevice = foundDevice
    self.watcher = watcher
    watcher.openRoot(at: .now)
    publish(at: .now)
    services.opened(settings.name)
  }

  private func stopWatching() {
    watcher?.stopEvents()
    watcher = nil
    isHandingOver = false
    folder.watchingHasEnded()
  }

  /// Does what is due of the watching. Whether there is something to do without waiting for anything.
  private func turn() -> Bool {
    guard let watcher else { return false }
    watcher.handleEvents()
    let now = MonotonicInstant.now
    watcher.turn(at: now)
    if !watcher.isArmed {
      watcher.armStep()
    } else if watcher.canScan {
      watcher.scanStep(at: now)
    } else if watcher.canLookAtPlaces(at: now) {
      watcher.placeStep(at: now)
    }
    watcher.reviewSurveys(at: now)
    publish(at: now)
    handOverSettled()
    return !watcher.isArmed || watcher.canScan
  }

  private var foundDevice: (UInt64?) -> Void {
    { [runner] device in runner.foundDevice.withLock { $0 = device } }
  }

  private var beat: () -> Void { { [activity = runner.activity] in activity.comeOn() } }

  private var nextDeadline: MonotonicInstant? {
    let publishing = isPublishDue ? published + Self.publishPause : nil
    return [watcher?.nextDeadline, publishing].compactMap { $0 }.min()
  }

  /// One batch at a time: what settles meanwhile makes the next one, and shares its commit.
  private func handOverSettled() {
    guard !isHandingOver, let watcher else { return }
    let findings = watcher.takeFindings()
    if findings == nil, watcher.settled.isEmpty { return }
    let batch = Array(watcher.settled.prefix(FolderWatcher.batchLimit))
    watcher.settled.removeFirst(batch.count)
    isHandingOver = true
    watcher.services.handOver(batch, findings, folder)
  }

  private func carryOut(_ command: Folder.Command, _ watcher: FolderWatcher, at now: MonotonicInstant) {
    switch command {
    case .watch, .unwatch: break
    case .accepted(let files, let findings):
      isHandingOver = false
      if let findings { watcher.accepted(findings) }
      for file in files { watcher.accepted(file, at: now) }
    case .resettle(let path, let isNew): watcher.resettle(path, isNew: isNew, at: now)
    case .rescan: watcher.nextScan = now
    case .survey(let survey): watcher.begin(survey, at: now)
    case .take(let path, let answer): watcher.take(path, at: now, answer: answer)
    case .update(let settings): update(to: settings, at: now)
    case .checkRoot:
      watcher.mountsChanged(at: now)
      watcher.reviewMounts()
    case .neighboursChanged: watcher.hurryScan(at: now)
    case .inject(let events): watcher.source?.append(events, at: now)
    case .discard(let on): watcher.source?.discard(on)
    }
  }

  /// A folder whose settings are the same keeps its watches and all it knows.
  private func update(to settings: WatchedFolder, at now: MonotonicInstant) {
    guard let former = watcher, former.folder != settings else { return }
    let new = FolderWatcher(settings, former.services, wake: runner.wake, beat: beat)
    new.foundDevice = foundDevice
    former.stopEvents()
    new.takeOver(from: former)
    watcher = new
    new.openRoot(at: now)
  }

  /// While much is going on, not at every turn: the oldest of many files is to be found.
  private func publish(at now: MonotonicInstant) {
    guard let watcher else { return }
    isPublishDue = now < published + Self.publishPause && watcher.tracker.count > 256
    if isPublishDue { return }
    published = now
    if folder.publish(watcher.publish(at: now)) { watcher.services.report(.changed) }
  }

  private static let publishPause = Duration.milliseconds(100)
}
