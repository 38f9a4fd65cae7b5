import Alerts
import AWSClients
import ConfiguredClients
import ControlSocket
import DaemonConfiguration
import Delivery
import DeliveryJournal
import DeliveryModel
import Folders
import HTTPTransport
import Logging
import ServiceLifecycle
import ServiceManager
import Settings
import Status
import SystemSupport
import UnixSignals

/// Every part of the daemon, made in the order in which one needs the other.
struct DaemonParts: Sendable {
  let transport: CurlTransport
  let engine: DeliveryEngine
  let watcher: DropWatcher
  let board: StatusBoard
  let reporter: StatusReporter
  let journalPulse: Pulse
  let enginePulse: Pulse
  let journal: JournalPort
  let drained = DrainOutcome()
  let folders: FolderSet
  let folderServices: FolderServices
  let alerts: AlertService
  let custody: CustodyService
  let settings: SettingsInForce
  let savers: SambaWriters
  let hold: StateHold
  let orders: TakeOrders
  let control: ControlServer?
  let serviceClock = ServiceClock()

  init(
    options: DaemonOptions, hold: StateHold, descriptors: DescriptorBudget, notifier: any ServiceNotifier,
    lastUncleanExit: RunEnding?
  ) async throws {
    self.hold = hold
    orders = TakeOrders(directory: hold.directory)
    let configuration = options.configuration
    let wallClock: @Sendable () -> Timestamp = { WallClock.now }
    let events = Mailbox<EngineEvent>()
    let jitter = JitterSource()
    let board = StatusBoard()
    self.board = board
    enginePulse = Pulse()
    journalPulse = Pulse()
    journal = JournalPort(journal: hold.journal, events: events, pulse: journalPulse)
    let travel = configuration.transport(connections: descriptors.connections)
    transport = try CurlTransport(configuration: travel) { events.post(.answered($0)) }
    let provider = ConfiguredCredentials(
      configuration, environment: options.environment, transport: transport, wallClock: wallClock
    ) { options.logger.notice("AWS credentials from \($0)") }
    let cache = CredentialCache(provider, wallClock: wallClock)
    let keeper = CredentialRefresher(cache: cache, events: events)
    let folders = try FolderSet()
    self.folders = folders
    let signals = AlertSignals()
    hold.journal.alerts.listen { tally in
      for (channel, count) in tally.held { board.metrics.count(.held, channel, count) }
      signals.ring(tally)
    }
    let open = try await hold.journal.openConditions()
    let savers = SambaWriters(logger: options.logger) { board.show($0, of: .savers) }
    self.savers = savers
    savers.begin(configuration.folders)
    await savers.waitBriefly()
    let now = wallClock()
    let names = NameRulesMark(hold, folders: configuration.folders.map(\.name))
    let reports = WatchReports(
      logger: options.logger, notifier: notifier, board: board, names: names, path: { folders.folder($0)?.path },
      tellEngine: { events.post(.folder($0, isThere: $1)) })
    let terms = try await hold.journal.register(configuration.folders.map(ConfiguredFolder.init), at: now)
    let settings = SettingsInForce(
      EngineSettings(
        configuration: configuration, host: HostName.current, terms: terms,
        scanners: FolderScanners(board: board, logger: options.logger)),
      isUnit: UnitAccess.isUnit(options.environment))
    self.settings = settings
    let timeQuestion = TimeQuestion(settings: settings, credentials: cache, clock: serviceClock)
    custody = CustodyService(
      journal: hold.journal, settings: settings, credentials: cache, clock: serviceClock, board: board,
      directory: hold.directory, wasTold: open.contains { $0.subject == AlertNotice.Subject.custody },
      logger: options.logger, hears: { await timeQuestion.ask() })
    await custody.begin()
    let watcher = try DropWatcher(
      configuration.folders.map(WatchedFolder.init), in: folders,
      own: [("the journal's directory", hold.place)], known: hold.journal, wallClock: wallClock,
      isUpgraded: { names.isOpen($0) }, groups: { ProtectedDirectories.members($0) },
      history: { settings.value.configuration.journal.history },
      sink: { try await events.accept($0) },
      findings: { try await FolderNotes(journal: hold.journal, now: wallClock).take($0) }, report: { reports.take($0) })
    self.watcher = watcher
    let ports = EnginePorts(
      events: events, journal: journal, transport: transport,
      readers: FileReaders(events: events, folders: folders, marks: hold.marks, savers: savers),
      marks: hold.marks, keeper: keeper,
      provider: provider, alarm: Alarm { events.post(.alarm) },
      clock: EngineClock(wall: wallClock, monotonic: { .now }, service: serviceClock),
      descriptors: descriptors, log: EngineLog(logger: options.logger),
      show: { board.show($0) }, metrics: board.metrics,
      pulse: enginePulse, followUps: folders,
      checksumFinding: try await hold.journal.checksumFinding(),
      unresolved: Set(
        open.filter { $0.event == .blocked && $0.subject != AlertNotice.Subject.custody }.map(\.subject)),
      alertNow: { signals.tellNow($0) },
      extendStop: { notifier.extendTimeout(by: $0 + StopAnnouncer.rest) }, random: { jitter.next() },
      resettle: { watcher.resettle(folder: $0.folder, path: $0.path, isNew: $0.recognition == nil) })
    let counters = try await QueueCounters(hold.journal, now: now)
    folderServices = FolderServices(
      journal: hold.journal, settings: { settings.value.served }, display: board, logger: options.logger,
      confirmedTime: { [serviceClock] in serviceClock.time() })
    alerts = AlertService(
      journal: hold.journal, signals: signals, settings: settings, board: board, lastUncleanExit: lastUncleanExit?.at,
      isQueueLate: open.contains { $0.event == .oldestPending },
      foldersTold: Set(open.compactMap { $0.event == .folder ? AlertNotice.Subject.name(ofFolder: $0.subject) : nil }),
      logger: options.logger)
    engine = DeliveryEngine(ports: ports, settings: { settings.value }, counters: counters)
    reporter = StatusReporter(
      board: board, journal: hold.journal, since: now, wallClock: wallClock, lastUncleanExit: lastUncleanExit,
      restartNeeded: { settings.waiting }, folders: { watcher.status() })
    control = ControlServer.open(
      in: configuration.runtimeDirectory, hold, configuration: options.configurationPath, clients: descriptors.clients,
      options.logger)
  }

  /// The services, in the order of their dependence: a graceful shutdown ends the last one first.
  func group(_ options: DaemonOptions, _ notifier: any ServiceNotifier) -> ServiceGroup {
    var services = [
      ServiceGroupConfiguration.ServiceConfiguration(service: statusService(options, notifier)),
      ServiceGroupConfiguration.ServiceConfiguration(service: controlService(options)),
      ServiceGroupConfiguration.ServiceConfiguration(service: PageService(folders: folders, services: folderServices)),
      ServiceGroupConfiguration.ServiceConfiguration(service: alerts),
      ServiceGroupConfiguration.ServiceConfiguration(service: EngineService(engine: engine)),
      ServiceGroupConfiguration.ServiceConfiguration(
        service: FollowUpService(folders: folders, services: folderServices)),
    ]
    services += upkeep(options, notifier).map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
    services.append(ServiceGroupConfiguration.ServiceConfiguration(service: WatchService(watcher: watcher)))
    if let limit = options.drainLimit {
      let drain = DrainService(
        limit: limit, settings: settings, board: board, watcher: watcher,
        folders: folders, alerts: alerts.signals, changes: board.drainChanges, outcome: drained)
      services.append(
        ServiceGroupConfiguration.ServiceConfiguration(
          service: drain, successTerminationBehavior: .gracefullyShutdownGroup))
    }
    services.append(
      ServiceGroupConfiguration.ServiceConfiguration(
        service: StopAnnouncer(notifier: notifier, marks: hold.marks, logger: options.logger)))
    var configuration = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger.silent)
    configuration.maximumCancellationDuration = .seconds(10)
    return ServiceGroup(configuration: configuration)
  }

  private func statusService(_ options: DaemonOptions, _ notifier: any ServiceNotifier) -> StatusService {
    StatusService(board: board, reporter: reporter, notifier: notifier, settings: settings, logger: options.logger)
  }

  private func controlService(_ options: DaemonOptions) -> ControlService {
    ControlService(
      server: control,
      answers: ControlAnswers(
        engine: engine, orders: orders, status: LivingStatus(reporter: reporter, engine: engine, transport: transport),
        settings: settings, snapshots: snapshots, logger: options.logger),
      logger: options.logger)
  }

  private var snapshots: SnapshotSources {
    SnapshotSources(
      journal: hold.journal, board: board, watched: { [watcher] in watcher.status() },
      survey: { [watcher] in watcher.survey(folder: $0) },
      unwatched: { [watcher, settings, hold] in
        guard let waiting = try? await hold.journal.waitingByRoot() else { return [] }
        let watched = watcher.status()
        return UnwatchedPlace.all(in: settings.value.configuration, waiting) { paths in
          paths.map { path in watched.first { $0.path.isSameText(as: path) }.map(\.rootAnswer) ?? .silence }
        }
      })
  }

  private func upkeep(_ options: DaemonOptions, _ notifier: any ServiceNotifier) -> [any Service] {
    let goneFiles = GoneFiles(folders: folders, settings: { [settings] in settings.value.served })
    var services: [any Service] = [
      TakeOrderService(orders: orders, watcher: watcher, logger: options.logger),
      ReloadService(
        path: options.configurationPath, environment: options.environment, host: HostName.current, settings: settings,
        engine: engine, journal: hold.journal, transport: transport, watcher: watcher, savers: savers, alerts: alerts,
        custody: custody,
        board: board, notifier: notifier, reporter: reporter, logger: options.logger),
      PruneService(
        journal: hold.journal, bounds: { [settings] in settings.value.configuration.journal },
        gone: { [goneFiles] in await goneFiles.among($0) },
        removedRejected: { [engine] in engine.removed(rejected: $0) },
        show: { [board] in board.showJournal(history: $0) }, logger: options.logger,
        confirmed: { [serviceClock] in serviceClock.time() }),
      JournalCheckService(
        journal: hold.journal, record: JournalCheckRecord(directory: hold.directory),
        endedUncleanly: hold.marks?.endedUncleanly ?? false, logger: options.logger),
      custody,
      JournalFaultService(journal: hold.journal),
      JournalLogService(
        journal: hold.journal, grown: journal.logGrown, board: board, logger: options.logger),
      LogFlushService(withholding: options.logWithholding, flush: options.flushLog),
    ]
    if let interval = WatchdogInterval.requested()?.ping {
      services.append(
        WatchdogService(interval: interval, loops: loops, notifier: notifier, logger: options.logger))
    }
    return services
  }

  private var loops: [WatchdogService.Loop] {
    [
      WatchdogService.Loop(name: "delivery", poke: { engine.ping() }, beats: { enginePulse.beats }),
      WatchdogService.Loop(name: "journal", poke: { journal.jobs.post(.ping) }, beats: { journalPulse.beats }),
      WatchdogService.Loop(name: "transport", poke: { transport.submit([]) }, beats: { transport.lastTurn }),
    ] + watcher.progress.map { WatchdogService.Loop($0) }
  }
}

extension Logger {
  /// For libraries whose lines would repeat what the daemon says itself.
  static let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }
}
