import DaemonConfiguration
import Delivery
package import DeliveryJournal
import DeliveryModel
package import Settings
package import Status
package import SystemSupport

/// Writes alerts about folders whose files do not flow: one that is not there or does not answer, that holds what may not be
/// read, or a file that somebody has held open for half an hour. It sleeps until something of that changes.
package struct FolderConditionWatch: Sendable {
  let journal: Journal
  let signal: WorkSignal
  let settings: SettingsInForce
  let board: StatusBoard
  /// The folders of which a run before this one told, and not that it is over.
  let told: Set<String>

  package init(
    journal: Journal, signal: WorkSignal, settings: SettingsInForce, board: StatusBoard, told: Set<String>
  ) {
    self.journal = journal
    self.signal = signal
    self.settings = settings
    self.board = board
    self.told = told
  }

  package func run() async throws {
    var conditions = FolderConditions(told: told, at: .now)
    var changes = signal.count
    while !Task.isCancelled {
      do {
        await wait(try await look(&conditions, &changes))
      } catch JournalError.storageFull, JournalError.busy {
        await Pause.last(JournalError.pause)
      }
    }
  }

  /// Writes what is to be reported; how long to wait for the next look, nil for until something changes. `changes` is how often
  /// the settings had been changed at the last one. What was not written is not noted, and comes at the next look.
  private func look(_ conditions: inout FolderConditions, _ changes: inout Int) async throws -> Duration? {
    var looked = conditions
    let (now, rung, current) = (MonotonicInstant.now, signal.count, board.conditions)
    let configured = Set(settings.value.configuration.folders.map(\.name))
    let (notices, next) = looked.look(current, of: configured, at: now)
    let alerts = notices.map(Self.alert) + (rung == changes ? [] : Self.reminders(looked.told, current))
    if !alerts.isEmpty { _ = try await journal.commit(alerts.map { .alert($0) }) }
    (conditions, changes) = (looked, rung)
    return next.map { max($0 - now, .milliseconds(10)) }
  }

  private static func alert(_ notice: FolderConditions.Notice) -> AlertNotice {
    switch notice {
    case .begins(let folder, let condition):
      AlertNotice(
        .folder, AlertNotice.Subject.folder(folder), at: WallClock.now, reason: AlertMessage.cut(condition.reason))
    case .ends(let folder, let isConfigured):
      AlertNotice(
        .recovered, AlertNotice.Subject.folder(folder), at: WallClock.now,
        reason: isConfigured ? "" : "it is not in the configuration any more")
    }
  }

  /// For a receiver that came with a reload.
  private static func reminders(_ told: Set<String>, _ current: [String: FolderCondition]) -> [AlertNotice] {
    told.sorted().compactMap { folder in
      guard let condition = current[folder] else { return nil }
      var notice = alert(.begins(folder: folder, condition))
      notice.isReminder = true
      return notice
    }
  }

  /// Until a condition or the settings change, or `pause` is over.
  private func wait(_ pause: Duration?) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await board.conditionChanges.take() }
      group.addTask { await signal.wait(pause) }
      await group.next()
      group.cancelAll()
    }
  }
}
