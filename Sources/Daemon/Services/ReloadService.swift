import ConfiguredClients
import DaemonConfiguration
import Delivery
import DeliveryJournal
import Dispatch
import Folders
import HTTPTransport
import Logging
import ServiceLifecycle
import ServiceManager
import Settings
import Status
import SystemSupport
import UnixSignals

/// SIGHUP: reads the configuration again. A broken one, and one for which this machine has no room, changes nothing and is
/// reported in the log and in the status.
struct ReloadService: Service {
  let path: String
  let environment: [String: String]
  let host: String
  let settings: SettingsInForce
  let engine: DeliveryEngine
  let journal: Journal
  let transport: CurlTransport
  let watcher: DropWatcher
  let savers: SambaWriters
  let alerts: AlertService
  let custody: CustodyService
  let board: StatusBoard
  let notifier: any ServiceNotifier
  let reporter: StatusReporter
  let logger: Logger

  /// A configuration that can be in force, and how descriptors are shared out under it.
  private struct Candidate: Sendable {
    var configuration: Configuration
    var descriptors: DescriptorBudget
    var warnings: [ConfigurationDiagnostic]
  }

  /// Why a configuration cannot be in force.
  private struct Refusal: Error {
    /// At least one.
    var reasons: [String]
  }

  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sighup)
    await cancelWhenGracefulShutdown {
      for await _ in signals { await reload() }
    }
  }

  private func reload() async {
    notifier.reloading()
    switch await load() {
    case .success(let candidate): await adopt(candidate)
    case .failure(let refusal): reject(refusal)
    }
    notifier.ready(status: await reporter.line())
  }

  // MARK: Looking at it

  private static let queue = DispatchQueue(label: "s3loggerd.reload")

  /// Looks at every folder, and one on a share that hangs holds up whoever looks: none of the few threads of the pool.
  private func load() async -> Result<Candidate, Refusal> {
    await withCheckedContinuation { continuation in
      Self.queue.async { continuation.resume(returning: examine()) }
    }
  }

  private func examine() -> Result<Candidate, Refusal> {
    let outcome = ConfigurationLoader.load(path: path, environment: environment, folders: .waiting)
    guard let configuration = outcome.configuration else {
      let errors = outcome.diagnostics.filter { $0.severity == .error }.map { "\($0)" }
      return .failure(Refusal(reasons: errors.isEmpty ? ["it cannot be read"] : errors))
    }
    do {
      let descriptors = try DescriptorBudget(for: configuration)
      try makeSureOfThreads(for: configuration)
      try use(configuration, descriptors)
      return .success(
        Candidate(
          configuration: configuration, descriptors: descriptors,
          warnings: outcome.diagnostics.filter { $0.severity == .warning }))
    } catch let refusal as Refusal {
      return .failure(refusal)
    } catch {
      return .failure(Refusal(reasons: ["\(error)"]))
    }
  }

  private func makeSureOfThreads(for configuration: Configuration) throws {
    let running = settings.value.configuration.folders
    let added = configuration.folders.count { folder in
      !running.contains { $0.name == folder.name && $0.path == folder.path }
    }
    try BlockingThread.makeSureOfRoom(for: DeliveryDaemon.threadsPerFolder * added)
  }

  /// The last step that may refuse it: how requests travel.
  private func use(_ configuration: Configuration, _ descriptors: DescriptorBudget) throws {
    do throws(TransportError) {
      try transport.use(configuration.transport(connections: descriptors.connections))
    } catch {
      let bundle = configuration.aws.caBundle.map { "aws.ca_bundle (\($0)): " } ?? ""
      throw Refusal(reasons: [bundle + error.message])
    }
  }

  // MARK: Taking it into use

  private func adopt(_ candidate: Candidate) async {
    let configuration = candidate.configuration
    let changes = settings.adopt(configuration, host: host)
    await register(configuration)
    // The receivers first: the engine reminds new ones of what is blocked.
    await alerts.reconfigured()
    // Before the engine, too: what it records under the new settings has its entry.
    await custody.begin()
    savers.begin(configuration.folders)
    settings.value.scanners.keep(configuration.folders)
    engine.reconfigured(candidate.descriptors)
    custody.wishes.post(())
    do {
      try watcher.update(configuration.folders.map(WatchedFolder.init))
    } catch {
      logger.error("a new folder cannot be watched: \(error); the next reload or start tries again")
    }
    board.keepTroubles(of: configuration.folders)
    board.showReload(problem: nil)
    report(changes, candidate.warnings)
  }

  private func report(_ changes: [SettingsChange], _ warnings: [ConfigurationDiagnostic]) {
    for warning in warnings { logger.warning("\(warning)", metadata: [LogKey.code: "configuration"]) }
    let waiting = settings.waiting
    var told = waiting.isEmpty ? "; no setting has changed" : ""
    if !changes.isEmpty { told = "; in force now: \(changes.text())" }
    logger.notice("configuration reloaded\(told)", metadata: [LogKey.messageID: MessageID.reloaded.metadataValue])
    for command in Set(waiting.compactMap(\.command)).sorted() {
      let keys = waiting.filter { $0.command == command }
      logger.warning(
        """
        a restart is needed for \(keys.text()): \(Self.meaning(keys)) until: \(command); everything else is in force, and \
        deliveries go on
        """,
        metadata: [LogKey.messageID: MessageID.restartNeeded.metadataValue, LogKey.code: "restart-needed"])
    }
  }

  private static func meaning(_ keys: [SettingsChange]) -> String {
    keys.contains { $0.effect == .unit }
      ? "systemd does not give the service what this needs" : "what the service was started with stays in use"
  }

  /// The next start reads there how the objects of folders were named that are gone by then. What cannot be written now is
  /// written by that start, from the configuration that it finds.
  private func register(_ configuration: Configuration) async {
    do {
      _ = try await journal.register(configuration.folders.map(ConfiguredFolder.init), at: WallClock.now)
    } catch {
      logger.warning("the journal does not have the reloaded folders yet: \(error)", metadata: [LogKey.code: "journal"])
    }
  }

  private func reject(_ refusal: Refusal) {
    for reason in refusal.reasons {
      logger.error(
        "configuration not reloaded: \(reason)",
        metadata: [LogKey.messageID: MessageID.configurationRejected.metadataValue])
    }
    board.showReload(problem: "the changed configuration is not in use: \(refusal.reasons[0])")
  }
}
