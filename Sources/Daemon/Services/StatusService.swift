import DaemonConfiguration
import Delivery
import DeliveryJournal
import DeliveryModel
import Folders
import Glibc
import Logging
import ServiceLifecycle
import ServiceManager
import Settings
import Status
import SystemSupport

/// Tells systemd and `status.json` how the daemon is doing: on change, at most once a second.
struct StatusService: Service {
  let board: StatusBoard
  let reporter: StatusReporter
  let notifier: any ServiceNotifier
  let settings: SettingsInForce
  let logger: Logger

  /// Ages grow without an event: they are told anew this often while something has one.
  private static let ageInterval = Duration.seconds(5)
  private static let longestInterval = Duration.seconds(300)
  private static let leastInterval = Duration.seconds(1)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var last: StatusReport?
      var alerts: [DeliveryMetrics.AlertCount: Int] = [:]
      var written: Written?
      while !Task.isCancelled {
        await waitForChange(last?.hasAges == false ? Self.longestInterval : Self.ageInterval)
        if Task.isCancelled { return }
        let report = await reporter.report()
        board.showConditions(reporter.conditions())
        // Only the metrics count alerts.
        let counted = board.metrics.counts.alerts
        let metrics = metricsFile
        if report != last || counted != alerts || metrics != written?.metrics {
          if report.status != last?.status { notifier.status(report.status) }
          let isWritten = await write(report, metrics)
          if isWritten, let old = written?.standing, old != metrics { remove(old, replacedBy: metrics) }
          written = Written(metrics: metrics, standing: isWritten ? metrics : written?.standing)
        }
        (last, alerts) = (report, counted)
        await Pause.last(Self.leastInterval)
      }
    }
    await publishFinal()
  }

  /// Where the metrics for Prometheus went last, and where some stand.
  private struct Written {
    var metrics: String
    var standing: String?
  }

  private var configuration: Configuration { settings.value.configuration }

  private var metricsFile: String {
    configuration.status.metricsFile ?? configuration.runtimeDirectory + "/metrics.prom"
  }

  /// Both files, each whole or not at all. One that cannot be written stops nothing. Returns whether the metrics are.
  @discardableResult
  private func write(_ report: StatusReport, _ metricsFile: String) async -> Bool {
    let metrics = await reporter.metrics(report).text
    // For root and our own group: it has files' names and what services said.
    _ = replace(configuration.runtimeDirectory + "/status.json", mode: 0o640, group: getegid()) { try report.json() }
    return replace(metricsFile, mode: 0o644) { Array(metrics.utf8) }
  }

  private func replace(_ path: String, mode: UInt32, group: UInt32? = nil, with bytes: () throws -> [UInt8]) -> Bool {
    do {
      try AtomicFile.replace(path, with: bytes(), mode: mode, group: group, durable: false)
      return true
    } catch {
      logger.warning(
        "the status cannot be written: \(error); deliveries go on", metadata: [LogKey.code: "status-file"])
      return false
    }
  }

  /// Whoever collects metrics would go on telling of a daemon that stands still.
  private func remove(_ old: String, replacedBy new: String) {
    do {
      try AtomicFile.remove(old, replacedBy: new)
    } catch {
      logger.warning(
        "the metrics are written to \(EscapedText.escape(new)) now, and the file of before cannot be removed: \(error)",
        metadata: [LogKey.code: "status-file"])
    }
  }

  private func publishFinal() async {
    var report = await reporter.report()
    report.state = "stopped"
    report.pid = nil
    report.startTicks = nil
    await write(report, metricsFile)
  }

  private func waitForChange(_ limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await board.changes.take() }
      group.addTask { await Pause.last(limit) }
      await group.next()
      group.cancelAll()
    }
  }
}
