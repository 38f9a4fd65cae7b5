import DaemonConfiguration
import Dispatch
import DropWatch
import Logging
import ServiceLifecycle
import ServiceManager
import UnixSignals

/// SIGHUP: reads the configuration again. A broken one changes nothing and is told in the log and in the status.
struct ReloadService: Service {
  let path: String
  let environment: [String: String]
  let host: String
  let engine: DeliveryEngine
  let settings: SharedSettings
  let watcher: DropWatcher
  let alerts: AlertService
  let board: StatusBoard
  let notifier: any ServiceNotifier
  let reporter: StatusReporter
  let logger: Logger

  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sighup)
    await cancelWhenGracefulShutdown {
      for await _ in signals { await reload() }
    }
  }

  private func reload() async {
    notifier.reloading()
    let outcome = await load()
    if let configuration = outcome.configuration {
      settings.value = EngineSettings(
        configuration: configuration, host: host, readers: settings.value.readers, scanners: settings.value.scanners)
      // The receivers first: the engine reminds new ones of what is blocked.
      await alerts.reconfigured()
      engine.reconfigure(settings.value)
      watcher.update(folders: configuration.folders.map(WatchedFolder.init))
      board.keepTroubles(of: configuration.folders)
      board.showReload(problem: nil)
      logger.notice("configuration reloaded", metadata: [LogKey.messageID: MessageID.reloaded.metadataValue])
    } else {
      reject(outcome.diagnostics)
    }
    notifier.ready(status: await reporter.line())
  }

  private static let queue = DispatchQueue(label: "s3loggerd.reload")

  /// Looks at every folder, and one on a share that hangs holds up whoever looks: none of the few threads of the pool.
  private func load() async -> ConfigurationOutcome {
    await withCheckedContinuation { continuation in
      Self.queue.async {
        continuation.resume(
          returning: ConfigurationLoader.load(path: path, environment: environment, folders: .waiting))
      }
    }
  }

  private func reject(_ diagnostics: [ConfigurationDiagnostic]) {
    let errors = diagnostics.filter { $0.severity == .error }
    for diagnostic in errors {
      logger.error(
        "configuration not reloaded: \(diagnostic)",
        metadata: [LogKey.messageID: MessageID.configurationRejected.metadataValue])
    }
    let first = errors.first.map { "\($0)" } ?? "it cannot be read"
    board.showReload(problem: "the changed configuration is not in use: \(first)")
  }
}
