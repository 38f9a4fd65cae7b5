import DeliveryJournal
import DeliveryModel
import DropWatch
import Glibc
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Tells systemd and `status.json` how the daemon is doing: on change, at most once a second.
struct StatusService: Service {
  let board: StatusBoard
  let reporter: StatusReporter
  let notifier: any ServiceNotifier
  /// Where `status.json` goes.
  let path: String
  /// Where the metrics for Prometheus go.
  let metricsPath: String
  let logger: Logger

  /// Ages grow without an event: they are told anew this often while something has one.
  private static let ageInterval = Duration.seconds(5)
  private static let longestInterval = Duration.seconds(300)
  private static let leastInterval = Duration.seconds(1)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var last: StatusReport?
      var alerts: [DeliveryMetrics.AlertCount: Int] = [:]
      while !Task.isCancelled {
        await waitForChange(last?.hasAges == false ? Self.longestInterval : Self.ageInterval)
        if Task.isCancelled { return }
        let report = await reporter.report()
        board.showConditions(reporter.conditions())
        // Only the metrics count alerts.
        let counted = board.metrics.counts.alerts
        if report != last || counted != alerts {
          await publish(report, statusChanged: report.status != last?.status)
        }
        (last, alerts) = (report, counted)
        await Pause.last(Self.leastInterval)
      }
    }
    await publishFinal()
  }

  private func publish(_ report: StatusReport, statusChanged: Bool) async {
    if statusChanged { notifier.status(report.status) }
    await write(report)
  }

  /// Both files, each whole or not at all. One that cannot be written stops nothing.
  private func write(_ report: StatusReport) async {
    let metrics = await reporter.metrics(report).text
    // For root and our own group: it has files' names and what services said.
    replace(path, mode: 0o640, group: getegid()) { try report.json() }
    replace(metricsPath, mode: 0o644) { Array(metrics.utf8) }
  }

  private func replace(_ path: String, mode: UInt32, group: UInt32? = nil, with bytes: () throws -> [UInt8]) {
    do {
      try AtomicFile.replace(path, with: bytes(), mode: mode, group: group, durable: false)
    } catch {
      logger.warning(
        "the status cannot be written: \(error); deliveries go on", metadata: [LogKey.code: "status-file"])
    }
  }

  private func publishFinal() async {
    var report = await reporter.report()
    report.state = "stopped"
    report.pid = nil
    report.startTicks = nil
    await write(report)
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
