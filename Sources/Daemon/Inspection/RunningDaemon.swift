package import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Glibc
import SystemSupport

/// There is a status that this user may not read.
package struct StatusClosed: Error, CustomStringConvertible {
  let path: String

  package var description: String {
    "\(EscapedText.escape(path)) is for root and the group \(FolderAccess.serviceUser): run this with sudo, or add who"
      + " monitors the daemon to the group (sudo usermod -aG \(FolderAccess.serviceUser) USER, then log in anew)"
  }
}

/// What `status` finds out: from `status.json` while the daemon runs, from the journal when it does not.
package enum RunningDaemon {
  /// The report, and whether the daemon runs.
  package static func status(_ configuration: Configuration) throws -> (report: StatusReport, isRunning: Bool) {
    // A person's shell does not have the RUNTIME_DIRECTORY that systemd gives the service.
    var closed: String?
    for directory in [configuration.runtimeDirectory, "/run/s3loggerd"] {
      let path = directory + "/status.json"
      do throws(SystemCallError) {
        let bytes = try SmallFile.read(path)
        if let report = try? StatusReport(json: bytes), isAlive(report) { return (report, true) }
      } catch {
        if error.code == EACCES { closed = closed ?? path }
      }
    }
    do {
      return (try stopped(configuration), false)
    } catch {
      throw closed.map(StatusClosed.init) ?? error
    }
  }

  /// Whether the process that wrote the report still runs: its number may be another's by now.
  private static func isAlive(_ report: StatusReport) -> Bool {
    guard report.state == "running", let pid = report.pid, let started = report.startTicks else { return false }
    return ProcessStart.ticks(of: pid) == started
  }

  private static func stopped(_ configuration: Configuration) throws -> StatusReport {
    let reader = try JournalReader(directory: configuration.journal.directory)
    let counts = try reader.counts([.pending, .uploaded, .parked, .rejected])
    let now = WallClock.now
    let midnight = Timestamp(milliseconds: now.date.daysSinceEpoch * 86_400_000)
    let last = try reader.lastDelivered()
    let open = counts[.pending, default: 0] + counts[.uploaded, default: 0]
    let queue = Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    return StatusReport(
      state: "stopped", status: "STOPPED: \(open) pending in the journal; files saved now are found at the next start",
      pid: nil, since: nil, version: Version.number, queue: queue,
      oldestPendingSeconds: try reader.oldestOpen().map { max(0, Int((now - $0).components.seconds)) },
      deliveredToday: try reader.delivered(since: midnight),
      lastDelivered: last.map {
        StatusReport.LastDelivered(filename: EscapedText.escape($0.file.path.name), at: $0.logged?.iso8601 ?? "")
      }, services: [:], folders: [],
      lastUncleanExit: RunMarker(directory: configuration.journal.directory).lastEnding(at: now)?.report)
  }
}
