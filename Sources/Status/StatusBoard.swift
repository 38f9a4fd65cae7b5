package import DaemonConfiguration
package import Delivery
import DeliveryModel
package import Folders
import Synchronization
package import SystemSupport

/// What the engine last said about itself; the status service reads it when it writes.
package final class StatusBoard: Sendable {
  private struct State {
    var engine: EngineView?
    var reloadProblem: String?
    var journalProblem: String?
    var troubles: [TroubleSubject: String] = [:]
    var journalHistory: JournalHistory?
    var followUps = FollowUpTroubles()
    var scanners: [String: ScannerTrouble] = [:]
    var isQueueWatched = false
    var conditions: [String: FolderCondition] = [:]
  }

  private let state = Mutex(State())
  /// What was counted since the start.
  package let metrics = DeliveryMetrics()
  /// Receives something whenever the picture may have changed.
  package let changes = Mailbox<Void>()
  /// Receives something whenever a drain may have come to its end.
  package let drainChanges = Mailbox<Void>()
  /// The same, for the pages in the folders.
  package let pageChanges = Mailbox<Void>()
  /// Receives something, once for each ``watchQueue()``, when files begin to wait or none waits any more.
  package let queueChanges = Mailbox<Void>()

  /// Receives something when a folder's condition begins, changes or ends.
  package let conditionChanges = Mailbox<Void>()

  package init() {}

  /// By folder, what keeps its files from being delivered.
  package func showConditions(_ conditions: [String: FolderCondition]) {
    let isNew = state.withLock { state in
      defer { state.conditions = conditions }
      return state.conditions != conditions
    }
    if isNew { conditionChanges.post(()) }
  }

  package var conditions: [String: FolderCondition] { state.withLock { $0.conditions } }

  package func show(_ view: EngineView) {
    let isWatchedChange = state.withLock { state in
      let before = state.engine.map { $0.counters.open == 0 }
      state.engine = view
      guard state.isQueueWatched, before != (view.counters.open == 0) else { return false }
      state.isQueueWatched = false
      return true
    }
    changes.post(())
    if isWatchedChange { queueChanges.post(()) }
    if view.isIdle { drainChanges.post(()) }
    pageChanges.post(())
  }

  /// Asks for one word of the next change; what changes after this call is not missed.
  package func watchQueue() { state.withLock { $0.isQueueWatched = true } }

  /// Why the last reload changed nothing; nil once one succeeded.
  package func showReload(problem: String?) {
    state.withLock { $0.reloadProblem = problem }
    changes.post(())
    pageChanges.post(())
  }

  /// What somebody should do about the journal's files; nil once it is done.
  package func showJournal(problem: String?) {
    state.withLock { $0.journalProblem = problem }
    changes.post(())
  }

  /// How much of the past the journal holds.
  package func showJournal(history: JournalHistory) {
    state.withLock { $0.journalHistory = history }
    changes.post(())
  }

  /// What cannot be done about the subject; nil once it could.
  package func show(_ trouble: String?, of subject: TroubleSubject) {
    let isNew = state.withLock { state in
      defer { state.troubles[subject] = trouble }
      return state.troubles[subject] != trouble
    }
    if isNew { touch() }
  }

  /// What became of moves, receipts and the like.
  package func showFollowUps(_ outcomes: [FollowUpTroubles.Outcome]) {
    let isNew = state.withLock { state in
      let before = state.followUps
      state.followUps.take(outcomes)
      return state.followUps != before
    }
    if isNew { touch() }
  }

  /// That a folder's virus scanner does not answer; nil once it does.
  func showScanner(of folder: String, _ trouble: ScannerTrouble?) {
    state.withLock { $0.scanners[folder] = trouble }
    touch()
  }

  /// Forgets the troubles of folders and pages that are wanted no more: nobody tries again what they are about.
  package func keepTroubles(of folders: [FolderSettings]) {
    let names = Set(folders.map(\.name))
    var subjects = Set(folders.filter(\.statusPage).map { TroubleSubject.page(of: $0.name) })
    subjects.formUnion(names.map { .files(of: $0) })
    // Who keeps the ledger takes that back.
    subjects.insert(.custody)
    if folders.contains(where: { $0.savedBy != nil }) { subjects.insert(.savers) }
    let isNew = state.withLock { state in
      let before = (state.troubles.count, state.followUps)
      state.troubles = state.troubles.filter { subjects.contains($0.key) }
      state.followUps.keep(names)
      let scanned = Set(folders.filter { $0.rules.antivirus != nil }.map(\.name))
      let scannersBefore = state.scanners.count
      state.scanners = state.scanners.filter { scanned.contains($0.key) }
      return state.troubles.count < before.0 || state.followUps != before.1 || state.scanners.count < scannersBefore
    }
    if isNew { touch() }
  }

  /// Something other than the engine changed: the watcher.
  package func touch() {
    changes.post(())
    drainChanges.post(())
    pageChanges.post(())
  }

  package var engine: EngineView? { state.withLock { $0.engine } }
  var reloadProblem: String? { state.withLock { $0.reloadProblem } }
  var journalProblem: String? { state.withLock { $0.journalProblem } }
  var journalHistory: JournalHistory? { state.withLock { $0.journalHistory } }
  /// By folder.
  var scanners: [String: ScannerTrouble] { state.withLock { $0.scanners } }

  package var troubles: [TroubleSubject: String] {
    state.withLock { state in
      state.followUps.texts.reduce(into: state.troubles) { $0[.files(of: $1.key)] = $1.value }
    }
  }
}

extension StatusBoard: FolderDisplay {
  package func outlook(for folder: String) -> DeliveryOutlook? {
    guard let engine else { return nil }
    let pauses = engine.pauses { _ in false }
    return DeliveryOutlook(
      pending: engine.counters.pendingByFolder[folder] ?? 0, isBlocked: pauses.contains { $0.kind == .blocked },
      isWaiting: !pauses.isEmpty || engine.problem != nil)
  }
}

/// A virus scanner that does not answer.
struct ScannerTrouble: Sendable, Equatable {
  var socket: String
  var outage: ScannerWatch.Outage

  /// In a line; `waiting`: how many files wait for it.
  func text(folder: String, waiting: Int) -> String {
    let files = waiting == 1 ? "1 file waits" : "\(waiting) files wait"
    return "folder \(folder): the virus scanner at \(socket) does not answer since \(outage.since.timeOfDay) "
      + "(\(outage.reason)); \(files); the other folders flow"
  }
}
