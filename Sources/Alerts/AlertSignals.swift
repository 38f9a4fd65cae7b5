package import DeliveryJournal
package import DeliveryModel
package import SystemSupport

/// Wakes those who tell of alerts, and knows whether each was tried.
package final class AlertSignals: Sendable {
  private let webhook = WorkSignal()
  private let command = WorkSignal()
  /// For who looks after the oldest file, the folders, and the digest: the settings are others.
  package let oldest = WorkSignal()
  package let folders = WorkSignal()
  package let digest = WorkSignal()
  /// What cannot wait for the journal, because it is about the journal.
  private let urgent: [AlertChannel: Mailbox<AlertNotice>] = [.webhook: Mailbox(), .command: Mailbox()]

  package init() {}

  func signal(_ channel: AlertChannel) -> WorkSignal { channel == .webhook ? webhook : command }

  /// Alerts were written.
  package func ring(_ tally: AlertDesk.Tally) {
    for channel in Set(tally.written.keys).union(tally.held.keys) { signal(channel).ring() }
  }

  package func ringAll() {
    for signal in [webhook, command, oldest, folders, digest] { signal.ring() }
  }

  /// Tells at once, from memory.
  package func tellNow(_ notice: AlertNotice) {
    for channel in AlertChannel.allCases {
      urgent[channel]?.post(notice)
      signal(channel).ring()
    }
  }

  func takeUrgent(_ channel: AlertChannel) -> [AlertNotice] { urgent[channel]?.takeNow() ?? [] }

  /// Everything that was to be told was tried once.
  package var isIdle: Bool { webhook.isIdle && command.isIdle }
}
