import Delivery
import DeliveryModel

/// `metrics.prom`: the status and what was counted since the start, for node_exporter's textfile collector.
package struct MetricsPage {
  var report: StatusReport
  var counts: DeliveryMetrics.Counts
  /// When the daemon started.
  var started: Timestamp
  /// Folder → age of its oldest pending delivery.
  var oldestPending: [String: Duration]
  /// When the last run that did not end in order ended; nil if none is known.
  var lastUncleanExit: Timestamp?
  var lastDelivery: Timestamp?

  package var text: String {
    var page = OpenMetricsText()
    addDaemon(to: &page)
    addQueue(to: &page)
    addDeliveries(to: &page)
    addServices(to: &page)
    addFolders(to: &page)
    addAlerts(to: &page)
    return page.text
  }

  private func addDaemon(to page: inout OpenMetricsText) {
    page.family("build_info", .gauge, "The version that runs, as a label.")
    page.sample(["version": report.version], 1)
    page.family("running", .gauge, "1 while the daemon runs, 0 once it has stopped.")
    page.sample(report.state == "running" ? 1 : 0)
    page.family("start_timestamp_seconds", .gauge, unit: "seconds", "When the daemon started.")
    page.sample(Self.seconds(started))
    page.family("verdict", .gauge, "1 for the first word of the status line.")
    let verdict = report.status.prefix { $0 != ":" }.lowercased()
    for name in ["ok", "waiting", "blocked", "degraded"] { page.sample(["verdict": name], name == verdict ? 1 : 0) }
    guard let lastUncleanExit else { return }
    page.family(
      "last_unclean_exit_timestamp_seconds", .gauge, unit: "seconds", "When a run last ended without being asked to.")
    page.sample(Self.seconds(lastUncleanExit))
  }

  private func addQueue(to page: inout OpenMetricsText) {
    page.family("queue_deliveries", .gauge, "Deliveries in the journal that are not done, by state.")
    for (state, count) in report.queue.sorted(by: { $0.key < $1.key }) { page.sample(["state": state], count) }
    page.family("pending_deliveries", .gauge, "Deliveries on their way, by folder.")
    for folder in report.folders { page.sample(["folder": folder.name], folder.pending) }
    page.family(
      "oldest_pending_age_seconds", .gauge, unit: "seconds",
      "Age of the oldest delivery on its way, by folder; 0 if there is none.")
    for folder in report.folders {
      page.sample(["folder": folder.name], oldestPending[folder.name].map { Int($0.components.seconds) } ?? 0)
    }
  }

  private func addDeliveries(to page: inout OpenMetricsText) {
    page.family("deliveries", .counter, "Files uploaded and recorded.")
    for folder in folderNames { page.sample(["folder": folder], counts.deliveries[folder] ?? 0) }
    page.family("delivered_bytes", .counter, unit: "bytes", "Bytes of the files uploaded and recorded.")
    for folder in folderNames { page.sample(["folder": folder], counts.bytes[folder] ?? 0) }
    page.family("undelivered_files", .counter, "Files that became something else than a delivery, by outcome.")
    for outcome in DeliveryMetrics.Outcome.allCases {
      page.sample(["outcome": outcome.rawValue], counts.outcomes[outcome] ?? 0)
    }
    page.family("failures", .counter, "Attempts that failed, by service and class of failure.")
    for service in ServiceLane.allCases {
      for failureClass in FailureClass.allCases {
        let key = DeliveryMetrics.Failure(service: service, failureClass: failureClass)
        page.sample(["service": service.rawValue, "class": failureClass.rawValue], counts.failures[key] ?? 0)
      }
    }
    page.family(
      "delivery_latency_seconds", .histogram, unit: "seconds",
      "From settled to uploaded (upload), from there to recorded (record), and both (total).")
    for stage in DeliveryMetrics.Stage.allCases {
      page.samples(["stage": stage.rawValue], counts.latencies[stage] ?? LatencyHistogram())
    }
    guard let lastDelivery else { return }
    page.family("last_delivery_timestamp_seconds", .gauge, unit: "seconds", "When a file was last recorded.")
    page.sample(Self.seconds(lastDelivery))
  }

  private func addServices(to page: inout OpenMetricsText) {
    page.family("service_state", .gauge, "1 for the state that the service is in.")
    for (name, service) in report.services.sorted(by: { $0.key < $1.key }) {
      for state in ["ok", "throttled", "blocked"] {
        page.sample(["service": name, "state": state], service.state == state ? 1 : 0)
      }
    }
  }

  private func addFolders(to page: inout OpenMetricsText) {
    page.family("folder_available", .gauge, "1 while the folder can be read.")
    for folder in report.folders { page.sample(["folder": folder.name], folder.available ? 1 : 0) }
    page.family("folder_directories", .gauge, "Directories that are watched.")
    for folder in report.folders { page.sample(["folder": folder.name], folder.directories) }
    page.family("settling_files", .gauge, "Files that are not yet finished.")
    for folder in report.folders { page.sample(["folder": folder.name], folder.waiting) }
    page.family("ignored_files", .gauge, "Files passed over, by reason.")
    for folder in report.folders {
      for (reason, count) in folder.ignored.sorted(by: { $0.key < $1.key }) {
        page.sample(["folder": folder.name, "reason": reason], count)
      }
    }
    page.family("leftover_files", .gauge, "Files that built-in rules pass over and that stay.")
    for folder in report.folders { page.sample(["folder": folder.name], folder.leftoverCount ?? 0) }
    page.family("missed_events", .counter, "Files that only a rescan found.")
    for folder in report.folders { page.sample(["folder": folder.name], folder.missedEvents) }
    page.family("overflows", .counter, "How often the kernel dropped events.")
    for folder in report.folders { page.sample(["folder": folder.name], folder.overflows) }
  }

  private func addAlerts(to page: inout OpenMetricsText) {
    page.family("alerts", .counter, "Alerts sent, attempts that failed, and alerts held back to be told with others.")
    for channel in AlertChannel.allCases {
      for outcome in DeliveryMetrics.AlertOutcome.allCases {
        let count = counts.alerts[DeliveryMetrics.AlertCount(channel: channel, outcome: outcome)] ?? 0
        page.sample(["channel": channel.name, "outcome": outcome.rawValue], count)
      }
    }
  }

  /// Folders that are watched, and those that were until a reload.
  private var folderNames: [String] {
    Set(report.folders.map(\.name)).union(counts.deliveries.keys).sorted()
  }

  private static func seconds(_ moment: Timestamp) -> String {
    "\(moment.milliseconds / 1000).\(String(1000 + moment.milliseconds % 1000).dropFirst())"
  }
}
