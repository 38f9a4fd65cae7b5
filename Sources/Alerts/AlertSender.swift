import DaemonConfiguration
import Delivery
package import DeliveryJournal
package import DeliveryModel
package import Logging
import ServiceManager
package import Settings
package import Status
import SystemSupport

/// Tells one receiver of what the journal holds for it, one alert after the other, each until it was taken. It waits for
/// nobody but the receiver, and nobody waits for it.
package struct AlertSender: Sendable {
  let channel: AlertChannel
  let journal: Journal
  let signals: AlertSignals
  let settings: SettingsInForce
  let board: StatusBoard
  let logger: Logger

  package init(
    channel: AlertChannel, journal: Journal, signals: AlertSignals, settings: SettingsInForce, board: StatusBoard,
    logger: Logger
  ) {
    self.channel = channel
    self.journal = journal
    self.signals = signals
    self.settings = settings
    self.board = board
    self.logger = logger
  }

  package func run() async throws {
    var urgent = UrgentAlerts()
    var told: Alert?
    let signal = signals.signal(channel)
    while !Task.isCancelled {
      let rung = signal.count
      urgent.take(signals.takeUrgent(channel), wanted: wants(.blocked), now: .now)
      let next = [try await tellUrgent(&urgent), try await workThrough(&told)].compactMap { $0 }.min()
      signal.serve(rung)
      board.touch()
      await signal.wait(next.map { max($0 - WallClock.now, .milliseconds(10)) }, endsWhenClockIsSet: true)
    }
  }

  private var configured: AlertSettings { settings.value.configuration.alerts }

  private var retry: RetrySchedule { settings.value.configuration.upload.retry }

  private var isConfigured: Bool { configured.policy?.channels.contains(channel) == true }

  private func wants(_ event: AlertNotice.Event) -> Bool {
    isConfigured && configured.policy?.events.contains(event) == true
  }

  // MARK: From the journal

  /// Tells all that is due; when to look again, nil for never by itself. After a failure the others wait too: it is mostly
  /// the receiver that is not there. `told` was taken, and the journal could not yet be told so: it is forgotten before
  /// anything else is told, so that a full disk does not make it be told twice.
  private func workThrough(_ told: inout Alert?) async throws -> Timestamp? {
    guard isConfigured else { return nil }
    do {
      while !Task.isCancelled {
        if let alert = told { try await journal.alertSent(alert, at: WallClock.now) }
        told = nil
        let (found, next) = try await journal.nextAlert(channel, at: WallClock.now, longestPause: retry.cap)
        guard let alert = found else { return next }
        let attempt = await tell(alert)
        if Task.isCancelled { return nil }
        if let pause = delay(attempt, alert.tries) {
          try await fail(alert, attempt, next: WallClock.now + pause)
          return WallClock.now + pause
        }
        logger.info("told the \(channel.name): \(alert.id)")
        told = alert
      }
      return nil
    } catch JournalError.storageFull, JournalError.busy {
      return WallClock.now + JournalError.pause
    }
  }

  private func fail(_ alert: Alert, _ attempt: AlertAttempt, next: Timestamp) async throws {
    guard case .failed(let reason, _) = attempt else { return }
    try await journal.alertFailed(alert, reason, next: next)
  }

  // MARK: From memory

  /// Tells what the journal cannot hold.
  private func tellUrgent(_ urgent: inout UrgentAlerts) async throws -> Timestamp? {
    while !Task.isCancelled, let notice = urgent.next {
      let attempt = await tell(Alert(channel: channel, id: notice.id, notice: notice, count: 1, tries: urgent.tries))
      if let pause = delay(attempt, urgent.tries) {
        urgent.failed()
        return WallClock.now + pause
      }
      urgent.told(now: .now)
    }
    return nil
  }

  // MARK: Telling

  private func tell(_ alert: Alert) async -> AlertAttempt {
    let message = AlertMessage(alert, host: settings.value.host)
    let attempt = await Self.tell(message, channel, configured)
    if case .failed(let reason, _) = attempt, !Task.isCancelled {
      logger.warning(
        "the \(channel.name) could not be told of \(alert.id): \(reason); it is tried again, and deliveries go on",
        metadata: [
          LogKey.messageID: MessageID.alertFailed.metadataValue, LogKey.code: .string("alert-" + channel.name),
        ])
    }
    board.metrics.count(attempt == .delivered ? .sent : .failed, channel)
    return attempt
  }

  /// Nil where it was taken.
  private func delay(_ attempt: AlertAttempt, _ tries: Int) -> Duration? {
    guard case .failed(_, let wish) = attempt else { return nil }
    // Half at least: the jitter is for many clients, and here there is one.
    return retry.delay(afterFailures: tries + 1, random: Double.random(in: 0.5..<1), retryAfter: wish)
  }

  static func tell(
    _ message: AlertMessage, _ channel: AlertChannel, _ settings: AlertSettings
  ) async -> AlertAttempt {
    switch channel {
    case .webhook:
      guard let webhook = settings.webhook else { return .failed("it is not configured any more") }
      return await WebhookPost(settings: webhook).send(message.json, id: message.id)
    case .command:
      guard let command = settings.command else { return .failed("it is not configured any more") }
      return await CommandHook(settings: command).run(message.json)
    }
  }
}
