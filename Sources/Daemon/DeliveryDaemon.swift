import AWSClients
import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import DropWatch
import HTTPTransport
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// The whole daemon, put together: everything that runs is a service of one group, so that the end of one is known to
/// all, and a graceful shutdown goes from the watcher over the engine to the status.
package struct DeliveryDaemon: Sendable {
  private let options: DaemonOptions
  private let notifier: any ServiceNotifier = SystemdNotifier()

  package init(_ options: DaemonOptions) {
    self.options = options
  }

  /// Runs until SIGTERM or SIGINT, or until drained. Returns whether everything asked for was done; throws what made it
  /// impossible to go on.
  package func run() async throws -> Bool {
    LeaseProbe.prepare()
    _ = try? ResourceLimits.raiseOpenFiles()
    let hold = try StateHold(directory: options.configuration.journal.directory, now: WallClock.now)
    defer { hold.close() }
    if let aside = hold.setAside { reportDamage(aside) }
    try await CrashReport(hold: hold, log: EngineLog(logger: options.logger)).take(at: WallClock.now)
    let parts = try await DaemonParts(options: options, hold: hold, notifier: notifier)
    defer { parts.transport.shutdown() }
    options.logger.notice(
      "s3loggerd \(Version.number) started, \(options.configuration.folders.count) folders",
      metadata: [LogKey.messageID: MessageID.started.metadataValue])
    try await parts.group(options, notifier).run()
    return options.drainLimit == nil || parts.drained.isComplete
  }

  private func reportDamage(_ aside: String) {
    options.logger.error(
      """
      the journal was damaged and is now \(aside); a new one is filled by a scan of the folders. Nothing is lost and \
      nothing is recorded twice
      """, metadata: [LogKey.messageID: MessageID.journalSetAside.metadataValue])
  }
}
