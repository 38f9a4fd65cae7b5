import Delivery
package import DeliveryJournal
package import DeliveryModel
package import Folders
import Glibc
package import Settings
import SystemSupport

/// Puts the picture together from what the engine and the watcher say.
package final class StatusReporter: Sendable {
  private let board: StatusBoard
  private let journal: Journal
  private let folders: @Sendable () -> [FolderWatchStatus]
  private let since: Timestamp
  private let wallClock: @Sendable () -> Timestamp
  private let lastUncleanExit: RunEnding?
  private let restartNeeded: @Sendable () -> [SettingsChange]
  private let oldest = OldestOpen()
  private let startTicks = ProcessStart.ticks(of: getpid())

  package init(
    board: StatusBoard, journal: Journal, since: Timestamp, wallClock: @escaping @Sendable () -> Timestamp,
    lastUncleanExit: RunEnding?, restartNeeded: @escaping @Sendable () -> [SettingsChange] = { [] },
    folders: @escaping @Sendable () -> [FolderWatchStatus]
  ) {
    self.restartNeeded = restartNeeded
    self.board = board
    self.journal = journal
    self.since = since
    self.wallClock = wallClock
    self.lastUncleanExit = lastUncleanExit
    self.folders = folders
  }

  /// The same in Prometheus' words, with what was counted since the start.
  package func metrics(_ report: StatusReport) async -> MetricsPage {
    let now = wallClock()
    var ages: [String: Duration] = [:]
    for folder in report.folders where folder.pending > 0 {
      ages[folder.name] = await oldest.received(journal, folder: folder.name).map { max(now - $0, .zero) }
    }
    return MetricsPage(
      report: report, counts: board.metrics.counts, started: since, oldestPending: ages,
      lastUncleanExit: lastUncleanExit?.at, lastDelivery: board.engine?.counters.lastDelivered?.at)
  }

  /// The report of this moment.
  package func report() async -> StatusReport {
    let now = wallClock()
    let watched = folders()
    let waiting = restartNeeded()
    var engine = board.engine
    engine?.counters.rollOver(to: now)
    let open = engine?.counters.open ?? 0
    await oldest.startOver(at: engine?.reopened ?? 0)
    let age = open > 0 ? await oldest.received(journal).map { max(now - $0, .zero) } : nil
    var queue: [String: Int] = [:]
    for state in DeliveryState.allCases where state != .logged && state != .withdrawn {
      queue[state.rawValue] = engine?.counters.byState[state] ?? 0
    }
    return StatusReport(
      state: "running", status: line(engine, watched, age, waiting).text, pid: getpid(), startTicks: startTicks,
      since: since.iso8601,
      version: Version.number, queue: queue, oldestPendingSeconds: age.map { Int($0.components.seconds) },
      deliveredToday: engine?.counters.deliveredToday ?? 0, lastDelivered: lastDelivered(engine, watched),
      services: services(engine, Names(watched)), alerts: await receivers(),
      folders: watched.map { folder($0, engine, now) },
      lastUncleanExit: lastUncleanExit?.report, restartNeeded: StatusReport.WaitingSetting.all(waiting),
      journal: board.journalHistory.map(StatusReport.JournalSize.init), custody: custody)
  }

  private var custody: StatusReport.Custody? {
    let trouble = board.troubles[.custody]
    guard journal.custody.policy != nil || trouble != nil else { return nil }
    return StatusReport.Custody(state: trouble == nil ? "ok" : "degraded", reason: trouble)
  }

  /// By folder, what keeps its files from being delivered while the others flow.
  package func conditions() -> [String: FolderCondition] {
    Dictionary(folders().compactMap { status in FolderCondition(status).map { (status.name, $0) } }) { first, _ in first
    }
  }

  /// Tells of a file whether everybody may know it who may list its folder.
  package var isShown: (SettledFile) -> Bool {
    let names = Names(folders())
    return { $0.audience != .few && names.isShown(PathKey(folder: $0.folder, path: $0.path)) }
  }

  /// The verdict alone, for READY.
  package func line() async -> String { await report().status }

  private func line(
    _ engine: EngineView?, _ watched: [FolderWatchStatus], _ age: Duration?,
    _ waiting: [SettingsChange]
  ) -> StatusLine {
    StatusLine(
      folderCount: watched.count,
      unavailableFolders: watched.filter { $0.presence == .missing && $0.problem != nil }.map(\.name),
      pending: engine?.counters.open ?? 0, parked: engine?.counters.byState[.parked] ?? 0, oldestPending: age,
      deliveredToday: engine?.counters.deliveredToday ?? 0, lastDelivered: engine?.counters.lastDelivered,
      lastName: engine?.counters.lastDelivered.map { Self.shownName($0, watched) },
      pauses: engine?.pauses(Names(watched).isShown) ?? [],
      closed: engine?.closedFolders(Names(watched).isShown) ?? [],
      unanswered: engine?.unanswered(at: wallClock(), now: .now) ?? [],
      silent: watched.compactMap(StatusLine.Silence.init),
      alone: StatusLine.Alone(engine?.alone ?? [:], Names(watched)),
      problem: engine?.problem ?? watched.lazy.compactMap(\.problem).first ?? scannerTrouble(engine)
        ?? firstTrouble ?? board.journalProblem,
      heldUp: HeldUpFiles(watched),
      reloadProblem: board.reloadProblem, restartNeeded: waiting.isEmpty ? nil : waiting.text(limit: 2))
  }

  /// Of the first folder in which files wait for its scanner.
  private func scannerTrouble(_ engine: EngineView?) -> String? {
    board.scanners.keys.sorted().lazy.compactMap { self.scannerTrouble(of: $0, engine) }.first
  }

  private func scannerTrouble(of folder: String, _ engine: EngineView?) -> String? {
    let waiting = engine?.counters.pendingByFolder[folder] ?? 0
    return waiting == 0 ? nil : board.scanners[folder]?.text(folder: folder, waiting: waiting)
  }

  private var firstTrouble: String? { board.troubles.min { $0.key < $1.key }?.value }

  private func lastDelivered(
    _ engine: EngineView?, _ watched: [FolderWatchStatus]
  ) -> StatusReport.LastDelivered? {
    engine?.counters.lastDelivered.map {
      StatusReport.LastDelivered(filename: Self.shownName($0, watched), at: $0.at.iso8601)
    }
  }

  /// A file's name, where everybody who may list its folder may know it.
  private static func shownName(_ last: QueueCounters.LastDelivered, _ watched: [FolderWatchStatus]) -> String {
    let closed = watched.first { $0.name == last.folder }?.closed ?? ClosedDirectories()
    return last.audience == .few ? "…" : closed.shownName(last.path, ProtectedDirectories.members)
  }

  private func services(_ engine: EngineView?, _ names: Names) -> [String: StatusReport.Service] {
    guard let engine else { return [:] }
    var services = [
      ServiceLane.s3.rawValue: StatusReport.Service(engine.s3, names),
      ServiceLane.dynamodb.rawValue: StatusReport.Service(engine.dynamodb, names),
      ServiceLane.sts.rawValue: StatusReport.Service(state: "ok"),
    ]
    if let (failure, since) = engine.credentialFailure {
      services[ServiceLane.sts.rawValue] = StatusReport.Service(
        state: "blocked", since: since.iso8601, reason: failure.told(names.isShown))
    }
    return services
  }

  /// Nil where nobody is told of alerts.
  private func receivers() async -> [String: StatusReport.Receiver]? {
    guard let channels = journal.alerts.policy?.channels else { return nil }
    let untaken = (try? await journal.untakenAlerts()) ?? [:]
    return Dictionary(uniqueKeysWithValues: channels.map { ($0.name, StatusReport.Receiver(untaken[$0])) })
  }

  private func folder(
    _ status: FolderWatchStatus, _ engine: EngineView?, _ now: Timestamp
  ) -> StatusReport.Folder {
    let ignored = status.ignored.filter { $0.value > 0 }.map { ($0.key.rawValue, $0.value) }
    return StatusReport.Folder(
      name: status.name, path: status.path, mode: status.mode.rawValue, available: status.available,
      directories: status.directories, pending: engine?.counters.pendingByFolder[status.name] ?? 0,
      waiting: status.waiting,
      waitingFiles: status.late.map { StatusReport.WaitingFile($0, status.closed, now: now) },
      ignored: Dictionary(uniqueKeysWithValues: ignored),
      unreadable: StatusReport.Unreadable.named(status), unreadableCount: status.unreadableCount,
      overdueCount: status.overdueCount,
      leftovers: StatusReport.Leftover.named(status), leftoverCount: status.leftoverCount,
      missedEvents: status.missedEvents,
      overflows: status.overflows, lastRescan: status.lastRescan?.iso8601,
      stretchedRescanSeconds: status.stretchedScans.map { Int($0.components.seconds) },
      recordsSampled: isSampled(status.name, engine) ? true : nil,
      problem: StatusLine.Silence(status)?.text ?? status.problem ?? scannerTrouble(of: status.name, engine)
        ?? board.trouble(of: status.name))
  }
}

extension StatusReporter {
  /// While files wait of which some may not be asked for.
  private func isSampled(_ folder: String, _ engine: EngineView?) -> Bool {
    guard let engine, engine.sampled.contains(folder) else { return false }
    return engine.counters.pendingByFolder[folder, default: 0] > 0
  }
}

extension StatusLine.Alone {
  /// The one with the lowest number, and how many there are; nil for none. Names only what everybody who may list the
  /// folder may know.
  init?(_ alone: [Int64: DeliveryMachine.Alone], _ names: Names) {
    guard let first = alone.min(by: { $0.key < $1.key })?.value else { return nil }
    self.init(
      path: EscapedText.escape(Array(first.path.folder.utf8)) + "/" + (first.isTold ? names.shown(first.path) : "…"),
      reason: first.failure.told(names.isShown), count: alone.count)
  }
}

/// Which names may be told to everybody who may list the folders.
package struct Names {
  private let closed: [String: ClosedDirectories]

  package init(_ watched: [FolderWatchStatus]) {
    closed = Dictionary(watched.map { ($0.name, $0.closed) }) { first, _ in first }
  }

  package func shown(_ key: PathKey) -> String {
    (closed[key.folder] ?? ClosedDirectories()).shown(key.path, ProtectedDirectories.members)
  }

  package func isShown(_ key: PathKey) -> Bool {
    (closed[key.folder] ?? ClosedDirectories()).isShown(key.path, ProtectedDirectories.members)
  }
}

extension StatusLine.Silence {
  /// Nil for a folder that answers. A reading that does not come on is reported like a folder: what is read there waits for it.
  init?(_ status: FolderWatchStatus) {
    guard let since = status.silentSince ?? status.readingSilentSince else { return nil }
    self.init(folder: status.name, since: since, mount: MountTable.mount(of: status.path)?.words)
  }

  /// For the folder's own line of the report.
  var text: String {
    "it does not answer since \(since.iso8601)\(mount.map { " (\($0))" } ?? ""); its files wait until it does"
  }
}

extension MountTable.Mount {
  /// `nfs4 nas:/scans, mounted at /srv/scans`.
  package var words: String { "\(kind) \(source), mounted at \(point)" }
}

extension StatusReport.WaitingFile {
  init(_ file: FolderWatchStatus.LateFile, _ closed: ClosedDirectories, now: Timestamp) {
    self.init(
      path: closed.shown(file.path, ProtectedDirectories.members),
      seconds: max(0, Int((now - file.since).components.seconds)),
      openForWriting: file.isHeldOpen, warning: file.isOverdue)
  }
}

extension StatusReport.WaitingSetting {
  /// Nil for none.
  static func all(_ waiting: [SettingsChange]) -> [Self]? {
    let all = waiting.compactMap { change in
      change.command.map { Self(key: change.key, folder: change.folder, command: $0) }
    }
    return all.isEmpty ? nil : all
  }
}

extension StatusReport.Service {
  init(_ lane: ServiceCondition, _ names: Names) {
    if let opening = lane.opening {
      self.init(
        state: "blocked", since: opening.since.iso8601, reason: opening.failure.told(names.isShown))
      return
    }
    self.init(state: lane.throttledAt == nil ? "ok" : "throttled", since: lane.throttledAt?.iso8601)
    let closed = lane.closedFolders.map { folder, opening in
      StatusReport.ClosedFolder(
        folder: folder, since: opening.since.iso8601, reason: opening.failure.told(names.isShown))
    }
    closedFolders = closed.isEmpty ? nil : closed
  }
}

extension StatusReport.Receiver {
  init(_ untaken: Journal.Untaken?) {
    self.init(
      state: untaken == nil ? "ok" : "failing", since: untaken?.since.iso8601, reason: untaken?.reason,
      waiting: untaken?.count)
  }
}

extension EngineView {
  /// What is paused; a missing credential first, for it stops everything.
  func pauses(_ isShown: (PathKey) -> Bool) -> [StatusLine.Pause] {
    var pauses: [StatusLine.Pause] = []
    if let (failure, since) = credentialFailure {
      let kind: Circuit.Kind = failure.failureClass == .blocked ? .blocked : .outage
      pauses.append(StatusLine.Pause(kind: kind, failure: failure, since: since, reason: failure.told(isShown)))
    }
    for lane in [s3, dynamodb] {
      if let opening = lane.opening { pauses.append(StatusLine.Pause(opening, isShown)) }
    }
    return pauses
  }

  /// The folders of which a service has answered no small request for a while, the longest ones first.
  func unanswered(at wall: Timestamp, now: ContinuousClock.Instant) -> [StatusLine.Unanswered] {
    var found: [StatusLine.Unanswered] = []
    for (service, condition) in [(ServiceLane.s3, s3), (.dynamodb, dynamodb)] {
      for (folder, answered) in condition.unanswered where now - answered >= ServiceCondition.silence {
        let since = wall + (.zero - (now - answered))
        found.append(StatusLine.Unanswered(folder: folder, service: service.displayName, since: since))
      }
    }
    return found.sorted { ($0.since, $0.folder) < ($1.since, $1.folder) }
  }

  /// By name; a folder that both services refuse stands once.
  func closedFolders(_ isShown: (PathKey) -> Bool) -> [StatusLine.ClosedFolder] {
    var closed: [String: StatusLine.ClosedFolder] = [:]
    for (lane, service) in [(s3, ServiceLane.s3), (dynamodb, .dynamodb)] {
      for (folder, opening) in lane.closedFolders {
        if closed[folder] != nil {
          closed[folder]?.also = service.displayName
        } else {
          closed[folder] = StatusLine.ClosedFolder(
            folder: folder, pause: StatusLine.Pause(opening, isShown), waiting: counters.pendingByFolder[folder] ?? 0)
        }
      }
    }
    return closed.values.sorted {
      ($0.pause.kind == .blocked ? 0 : 1, $0.folder) < ($1.pause.kind == .blocked ? 0 : 1, $1.folder)
    }
  }
}

extension StatusLine.Pause {
  init(_ opening: Circuit.Opening, _ isShown: (PathKey) -> Bool) {
    self.init(
      kind: opening.kind, failure: opening.failure, since: opening.since, reason: opening.failure.told(isShown))
  }
}
