import DeliveryModel
import SystemSupport

/// Turns events and scans into settled files, all folders in turn. One thread; nothing of it is touched from outside.
final class WatchWorker {
  private let exchange: WatchExchange
  private let services: WatchServices
  /// Hands a batch over; the next goes only after this one was accepted.
  private let handOver: @Sendable ([SettledFile]) -> Void
  private var folders: [FolderWatcher]
  private var isHandingOver = false
  private var saidWatching = false
  private var saidArming = MonotonicInstant.now
  private var published = MonotonicInstant(nanoseconds: 0)
  private var isPublishDue = false

  init(
    _ folders: [WatchedFolder], _ exchange: WatchExchange, _ services: WatchServices,
    handOver: @escaping @Sendable ([SettledFile]) -> Void
  ) {
    self.exchange = exchange
    self.services = services
    self.handOver = handOver
    self.folders = folders.map { FolderWatcher($0, services) }
  }

  func run() {
    for folder in folders { folder.openRoot(at: .now) }
    while !exchange.isStopping {
      turn()
      exchange.workerBeacon.turned()
      if !hasWork { exchange.workerWake.wait(until: nextDeadline) }
    }
    for folder in folders { folder.stopEvents() }
  }

  private func turn() {
    for command in exchange.takeCommands() { carryOut(command, at: .now) }
    for folder in folders { folder.handleEvents() }
    let now = MonotonicInstant.now
    for folder in folders {
      folder.turn(at: now)
      if !folder.isArmed { folder.armStep() }
    }
    announceWatching()
    if saidWatching {
      for folder in folders where folder.canScan { folder.scanStep(at: now) }
    }
    publish(at: now)
    handOverSettled()
  }

  /// Whether there is something to do without waiting for anything.
  private var hasWork: Bool {
    folders.contains { !$0.isArmed || $0.canScan }
  }

  private var nextDeadline: MonotonicInstant? {
    let publishing = isPublishDue ? published + Self.publishPause : nil
    return (folders.map(\.nextDeadline) + [publishing]).compactMap { $0 }.min()
  }

  private func announceWatching() {
    guard !saidWatching else { return }
    guard folders.allSatisfy(\.isArmed) else { return announceArming(at: .now) }
    saidWatching = true
    publish(at: .now)
    services.report(.watching)
  }

  /// Where a disk hangs, nothing is said: this comes after a directory was opened.
  private func announceArming(at now: MonotonicInstant) {
    guard now >= saidArming + Self.armingPause else { return }
    saidArming = now
    services.report(.arming(directories: folders.reduce(0) { $0 + $1.table.count }))
  }

  /// One batch at a time: what settles meanwhile makes the next one, and shares its commit.
  private func handOverSettled() {
    guard !isHandingOver else { return }
    var batch: [SettledFile] = []
    for folder in folders where !folder.settled.isEmpty {
      let room = FolderWatcher.batchLimit - batch.count
      batch += folder.settled.prefix(room)
      folder.settled.removeFirst(min(room, folder.settled.count))
    }
    guard let first = folders.first, !batch.isEmpty else { return }
    folders.removeFirst()
    folders.append(first)  // so that none is always served last
    isHandingOver = true
    handOver(batch)
  }

  private func carryOut(_ command: WatchExchange.Command, at now: MonotonicInstant) {
    switch command {
    case .accepted(let files):
      isHandingOver = false
      for file in files { folder(file.folder)?.accepted(file, at: now) }
    case .resettle(let name, let path): folder(name)?.resettle(path, at: now)
    case .rescan(let name):
      for folder in folders where name == nil || folder.folder.name == name { folder.nextScan = now }
    case .update(let wanted): update(to: wanted, at: now)
    case .checkRoots:
      for folder in folders { folder.mountsChanged(at: now) }
    case .inject(let name, let events): folder(name)?.source?.append(events, at: now)
    case .discard(let name, let on): folder(name)?.source?.discard(on)
    }
  }

  private func folder(_ name: String) -> FolderWatcher? {
    folders.first { $0.folder.name == name }
  }

  /// A folder whose settings are the same keeps its watches and all it knows.
  private func update(to wanted: [WatchedFolder], at now: MonotonicInstant) {
    var former = Dictionary(folders.map { ($0.folder.name, $0) }, uniquingKeysWith: { first, _ in first })
    folders = wanted.map { settings in
      let existing = former.removeValue(forKey: settings.name)
      if let existing, existing.folder == settings { return existing }
      let folder = FolderWatcher(settings, services)
      if let existing {
        existing.stopEvents()
        folder.takeOver(from: existing)
      }
      folder.openRoot(at: now)
      return folder
    }
    for folder in former.values { folder.stopEvents() }
  }

  /// While much is going on, not at every turn: the oldest of many files is to be found.
  private func publish(at now: MonotonicInstant) {
    isPublishDue = now < published + Self.publishPause && folders.contains { $0.tracker.count > 256 }
    if isPublishDue { return }
    published = now
    let status = folders.map { $0.publish(at: now) }.sorted { $0.name < $1.name }
    if status == exchange.status { return }
    exchange.status = status
    services.report(.changed)
  }

  private static let armingPause = Duration.seconds(10)
  private static let publishPause = Duration.milliseconds(100)
}
