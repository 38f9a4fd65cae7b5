import DaemonConfiguration
import Delivery
package import DeliveryJournal
import DeliveryModel
package import Settings
package import Status
package import SystemSupport

/// Tells when the oldest file has waited too long, and when that is over. It sleeps until the moment at which that would be
/// so, and while nothing waits until something does.
package struct OldestPendingWatch: Sendable {
  let journal: Journal
  let signal: WorkSignal
  let settings: SettingsInForce
  let board: StatusBoard
  /// It was told, by a run before this one, and its end was not.
  let wasLate: Bool

  package init(
    journal: Journal, signal: WorkSignal, settings: SettingsInForce, board: StatusBoard, wasLate: Bool
  ) {
    self.journal = journal
    self.signal = signal
    self.settings = settings
    self.board = board
    self.wasLate = wasLate
  }

  /// Between two looks while something waits too long.
  private static let lateInterval = Duration.seconds(30)

  package func run() async throws {
    var isLate = wasLate
    // How often the settings had been changed when it was told last.
    var told: Int?
    while !Task.isCancelled {
      do {
        board.watchQueue()
        let pause = try await look(&isLate, &told)
        if isLate || pause == nil && bound != nil {
          await waitForQueue(pause)
        } else {
          await signal.wait(pause, endsWhenClockIsSet: true)
        }
      } catch JournalError.storageFull, JournalError.busy {
        await Pause.last(JournalError.pause)
      }
    }
  }

  /// Nil where nobody wants to know.
  private var bound: Duration? {
    let alerts = settings.value.configuration.alerts
    return alerts.policy == nil ? nil : alerts.oldestPending
  }

  /// How long to wait for the next look; nil for until something waits, or the settings change.
  private func look(_ isLate: inout Bool, _ told: inout Int?) async throws -> Duration? {
    let bound = bound
    let oldest = bound == nil || board.engine?.counters.open ?? 0 == 0 ? nil : try await journal.oldestOpen(from: 0)
    guard let bound, let oldest else {
      // Before the engine has shown anything, nothing is known.
      if board.engine != nil { try await tellEnd(&isLate) }
      return nil
    }
    let age = WallClock.now - oldest.received
    guard age >= bound else {
      try await tellEnd(&isLate)
      return bound - age
    }
    let changes = signal.count
    if !isLate || told != changes { try await tell(oldest, isReminder: isLate) }
    (isLate, told) = (true, changes)
    return Self.lateInterval
  }

  private func tell(_ oldest: (number: Int64, received: Timestamp), isReminder: Bool) async throws {
    var notice = AlertNotice(
      .oldestPending, AlertNotice.Subject.queue, at: WallClock.now, number: oldest.number,
      reason: "the oldest, delivery \(oldest.number), since \(oldest.received.iso8601)")
    notice.isReminder = isReminder
    _ = try await journal.commit([.alert(notice)])
  }

  private func tellEnd(_ isLate: inout Bool) async throws {
    guard isLate else { return }
    _ = try await journal.commit([.alert(AlertNotice(.recovered, AlertNotice.Subject.queue, at: WallClock.now))])
    isLate = false
  }

  /// Until something begins to wait, or nothing waits any more.
  private func waitForQueue(_ pause: Duration?) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await board.queueChanges.take() }
      group.addTask { await signal.wait(pause) }
      await group.next()
      group.cancelAll()
    }
  }
}
