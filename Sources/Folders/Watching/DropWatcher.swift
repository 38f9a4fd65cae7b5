package import DeliveryModel
import Synchronization
package import SystemSupport

/// Watches drop folders and hands over the files that came to rest in them.
///
/// Each ``Folder`` is watched on its own thread; a supervisor empties the kernel's event queues and looks
/// after these threads. A file is handed over at least once: until the sink has returned it is kept, and after a crash the
/// first scan finds it again.
package final class DropWatcher: Sendable {
  private let configured: [WatchedFolder]
  private let folders: FolderSet
  private let exchange: WatchExchange
  private let services: WatchServices
  private let handover = Handover()
  private let places: RootPlaces
  private let opening: Opening
  private let budget: WatchBudget
  private let sink: @Sendable ([SettledFile]) async throws -> Void
  private let takeFindings: @Sendable (FolderFindings) async throws -> Void

  /// - Parameters:
  ///   - configured: what to watch; names are unique, and no folder lies in another.
  ///   - folders: takes them in, for whoever else works in the folders; nil for one of its own.
  ///   - own: the daemon's own directories, which no folder may hold or lie in, with what they are called.
  ///   - known: what the journal has; asked on the folders' threads, a few hundred names at a time.
  ///   - bound: what the watches of all folders may take.
  ///   - wallClock: for `received` and `settled`.
  ///   - random: in 0 ..< 1, for the time between two scans.
  ///   - isUpgraded: whether the folder was last watched by a program with other rules for names, and nobody was told yet
  ///     what changes.
  ///   - groups: who is in which group, for who may know of a file.
  ///   - history: how long the journal remembers deliveries whose files are gone from their folder.
  ///   - sink: takes files, 512 or so, and returns when they are durable; never called twice at a time. It may be slow.
  ///   - findings: takes what else a folder found out, before the files of the same batch, and returns when it is durable.
  ///   - report: told what happened, on any thread: it must not block.
  /// - Throws: where the process has no more descriptors or threads.
  package init(
    _ configured: [WatchedFolder], in folders: FolderSet? = nil, own: [(name: String, place: [UInt8])] = [],
    known: any KnownFiles, bound: WatchBound = .current,
    wallClock: @escaping @Sendable () -> Timestamp,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
    isUpgraded: @escaping @Sendable (String) -> Bool = { _ in false },
    groups: @escaping @Sendable (UInt32) -> Set<UInt32>? = { _ in nil },
    history: @escaping @Sendable () -> Duration = { .zero },
    sink: @escaping @Sendable ([SettledFile]) async throws -> Void,
    findings: @escaping @Sendable (FolderFindings) async throws -> Void = { _ in },
    report: @escaping @Sendable (WatchReport) -> Void
  ) throws(SystemCallError) {
    let folders = if let folders { folders } else { try FolderSet() }
    let exchange = WatchExchange(wake: folders.supervisorWake, wallClock: wallClock)
    let places = RootPlaces(own: own)
    self.places = places
    let opening = Opening(configured.map(\.name)) {
      for folder in folders.all { folder.runner.wake.signal() }
      report(.watching)
    }
    let budget = WatchBudget(bound, folders: configured.count)
    self.budget = budget
    self.folders = folders
    self.exchange = exchange
    self.configured = configured
    self.opening = opening
    self.sink = sink
    takeFindings = findings
    services = WatchServices(
      known: known, wallClock: wallClock, report: report, random: random, isUpgraded: isUpgraded, groups: groups,
      register: { exchange.register($0) }, unregister: { exchange.unregister($0) }, budget: budget,
      opened: { opening.isOver(for: $0) }, history: history,
      neighbours: Neighbours(
        claim: { name, path, identity, seen, isCovered in
          let claim = places.claim(name, path, identity, seen, isCovered: isCovered)
          if claim == .new, seen.inode != 0, opening.isOver {
            Self.tellHolders(of: path, named: name, in: folders)
          }
          return claim.refusal
        },
        release: { name in Self.tell(places.release(name), in: folders) },
        holder: { places.holder(of: $1, for: $0, generation: $2) }, areOpened: { opening.isOver }),
      handOver: { [handover] in handover.post(Handover.Batch(files: $0, findings: $1, folder: $2)) })
    try folders.use(configured.map { ($0.name, $0.path) })
  }

  /// Folders that another mount shows this directory in look for it; all of which the kernel does not say that they do not.
  private static func tellHolders(of path: [UInt8], named name: String, in folders: FolderSet) {
    let others = folders.all.filter { $0.name != name }
    let locations = MountTable.locations(of: [String(decoding: path, as: UTF8.self)] + others.map(\.path))
    for (folder, location) in zip(others, locations.dropFirst()) {
      if let own = locations[0], let location, !own.isSame(as: location, orBelow: true) { continue }
      folder.post(.neighboursChanged)
    }
  }

  /// Watches until the task is cancelled. Once only.
  ///
  /// - Throws: what the sink threw: the files of that batch, and all that were not accepted, are found again by the next
  ///   start. Also where no thread could be started.
  package func run() async throws {
    LeaseProbe.prepare()
    let supervisorExit = ThreadExit()
    let (exchange, folders, services, opening) = (exchange, folders, services, opening)
    let supervisor = try BlockingThread(named: "supervisor") {
      FolderSupervisor(exchange: exchange, folders: folders) { runner in
        runner.declareSilent { since in
          services.report(.silent(folder: runner.folder, since: since))
        } back: {
          services.report(.answers(folder: runner.folder))
        }
        opening.isOver(for: runner.folder)
      } readingFellSilent: { runner, since in
        services.report(.readingSilent(folder: runner.folder, since: since))
      }.run()
      supervisorExit.signal()
    }
    for settings in configured { watch(settings) }
    opening.isBegun()
    let outcome = await withTaskCancellationHandler {
      await deliver()
    } onCancel: {
      handover.close()
    }
    await unwatchAll()
    exchange.stop()
    await supervisorExit.wait()
    supervisor.join()
    try outcome.get()
  }

  /// Nothing where there was no thread for it.
  private func watch(_ settings: WatchedFolder) { folders.folder(settings.name)?.watch(settings, services) }

  /// What a folder's thread has begun is waited for, but not for long: one that hangs is left behind.
  private func unwatchAll() async {
    let all = folders.all
    let waitsFor = all.filter { $0.isWatched && $0.status?.isSilent != true }
    let ends = ThreadExit(threads: waitsFor.count)
    for folder in all {
      let isAwaited = waitsFor.contains { $0 === folder }
      folder.post(.unwatch { if isAwaited { ends.signal() } })
    }
    // Not a child: this task is cancelled, and its children would not sleep.
    let deadline = Task(executorPreference: TaskPool.current) {
      await Pause.last(.seconds(2))
      ends.giveUp()
    }
    await ends.wait()
    deadline.cancel()
  }

  /// Each folder's batch by itself: the receiver may make one wait, and no other waits with it. What comes at once it makes
  /// durable at once all the same.
  private func deliver() async -> Result<Void, any Error> {
    do {
      try await withThrowingDiscardingTaskGroup { group in
        while case let batches = await handover.take(limit: FolderWatcher.batchLimit), !batches.isEmpty {
          for batch in batches {
            group.addTask { [sink, takeFindings, handover] in
              do {
                if let findings = batch.findings { try await takeFindings(findings) }
                if !batch.files.isEmpty { try await sink(batch.files) }
              } catch {
                handover.close()
                throw error
              }
              batch.folder.accepted(batch.files, batch.findings)
            }
          }
        }
      }
      return .success(())
    } catch {
      return Task.isCancelled ? .success(()) : .failure(error)
    }
  }

  /// How each folder stands, by name; cheap, any thread.
  package func status() -> [FolderWatchStatus] { folders.all.compactMap(\.status).sorted { $0.name < $1.name } }

  /// The file changed while it was read: it must come to rest again, and is then handed over again. `isNew`: it is certainly
  /// another state than the journal has.
  package func resettle(folder: String, path: RelativePath, isNew: Bool = true) {
    folders.folder(folder)?.post(.resettle(path, isNew: isNew))
  }

  /// Delivers a file that a built-in rule passes over. `answer` is called once with what came of it, on the folder's thread; it is not
  /// where the folder or the process goes away first.
  package func take(
    folder: String, path: RelativePath, answer: @escaping @Sendable (TakeOutcome) -> Void
  ) {
    folders.folder(folder)?.post(.take(path, answer: answer))
  }

  /// Scans one folder, or all, now.
  package func rescan(folder: String?) {
    for each in folders.all where folder == nil || each.name == folder { each.post(.rescan) }
  }

  /// Asks when all that lies in a folder now is in the receiver's hands: the folder is looked through for it. Nil for a folder
  /// that is not watched.
  package func survey(folder: String) -> SnapshotSurvey? { folders.folder(folder)?.survey() }

  /// New settings. Folders whose settings are the same keep their watches.
  ///
  /// - Throws: where a new folder can have no thread; the others are as wanted.
  package func update(_ configured: [WatchedFolder]) throws(SystemCallError) {
    budget.setFolders(configured.count)
    for folder in folders.all where !configured.contains(where: { $0.name == folder.name && $0.path == folder.path }) {
      folder.post(.unwatch {})
      Self.tell(places.release(folder.name), in: self.folders)
    }
    defer { for settings in configured { watch(settings) } }
    try folders.use(configured.map { ($0.name, $0.path) })
  }

  /// These left a part of them to a folder that is not there any more.
  private static func tell(_ names: Set<String>, in folders: FolderSet) {
    for name in names { folders.folder(name)?.post(.neighboursChanged) }
  }

  /// The proof of life of what no folder may hold up.
  package var progress: [ProgressBeacon] { [exchange.beacon] }

  /// For tests.
  func post(_ command: Folder.Command, folder: String) { folders.folder(folder)?.post(command) }
}

/// Knows when every folder has been opened, or was found not to be there, or not to answer.
final class Opening: Sendable {
  private struct State {
    var left: Set<String>
    var isBegun = false
    var isOver = false
  }

  private let state: Mutex<State>
  private let over: @Sendable () -> Void

  /// `over` is called once.
  init(_ folders: [String], over: @escaping @Sendable () -> Void) {
    state = Mutex(State(left: Set(folders)))
    self.over = over
  }

  /// All have been asked.
  func isBegun() { change { $0.isBegun = true } }

  func isOver(for folder: String) { change { $0.left.remove(folder) } }

  var isOver: Bool { state.withLock { $0.isOver } }

  private func change(_ body: (inout State) -> Void) {
    let isOver = state.withLock { state in
      body(&state)
      guard state.isBegun, state.left.isEmpty, !state.isOver else { return false }
      state.isOver = true
      return true
    }
    if isOver { over() }
  }
}
