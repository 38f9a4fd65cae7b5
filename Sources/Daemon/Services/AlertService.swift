import Alerts
import DaemonConfiguration
import Delivery
import DeliveryJournal
import DeliveryModel
import Logging
import ServiceLifecycle
import Settings
import Status
import SystemSupport

/// Tells those who look after the daemon what they would have to ask for: beside the engine, so that a receiver that is
/// slow or gone holds up no delivery; from the journal, so that a crash forgets nothing.
struct AlertService: Service {
  let journal: Journal
  let signals: AlertSignals
  let settings: SettingsInForce
  let board: StatusBoard
  let lastUncleanExit: Timestamp?
  /// The run before this one told that the oldest file waits too long, and not that this is over.
  let isQueueLate: Bool
  /// The folders of which the run before this one told, and not that it is over.
  let foldersTold: Set<String>
  let logger: Logger

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for channel in AlertChannel.allCases { group.addTask { try await sender(channel).run() } }
        group.addTask {
          try await DigestClock(
            journal: journal, signal: signals.digest, settings: settings, lastUncleanExit: lastUncleanExit
          ).run()
        }
        group.addTask {
          try await OldestPendingWatch(
            journal: journal, signal: signals.oldest, settings: settings, board: board, wasLate: isQueueLate
          ).run()
        }
        group.addTask {
          try await FolderConditionWatch(
            journal: journal, signal: signals.folders, settings: settings, board: board, told: foldersTold
          ).run()
        }
        try await group.waitForAll()
      }
    }
  }

  private func sender(_ channel: AlertChannel) -> AlertSender {
    AlertSender(
      channel: channel, journal: journal, signals: signals, settings: settings, board: board, logger: logger)
  }

  /// The settings are others; `value` of them is in place.
  func reconfigured() async {
    await Self.use(settings.value.configuration.alerts, journal)
    signals.ringAll()
  }

  /// Lets the journal write down what is to be told from now on. A full disk keeps for a while what nobody is told of.
  static func use(_ alerts: AlertSettings, _ journal: Journal) async {
    journal.alerts.policy = alerts.policy
    try? await journal.forgetAlerts(except: alerts.policy?.channels ?? [])
  }
}
