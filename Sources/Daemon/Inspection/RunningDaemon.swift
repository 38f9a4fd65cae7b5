import ControlSocket
package import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Glibc
package import Status
import SystemSupport

/// There is a status that this user may not read.
package struct StatusClosed: Error, CustomStringConvertible {
  let path: String

  package var description: String {
    "\(EscapedText.escape(path)) is for root and the group \(FolderAccess.serviceUser): run this with sudo, or add who"
      + " monitors the daemon to the group (sudo usermod -aG \(FolderAccess.serviceUser) USER, then log in anew)"
  }
}

/// What `status` finds out: from the running daemon itself, else from what it wrote last, else from the journal.
package enum RunningDaemon {
  /// What was found.
  package struct Finding: Sendable {
    package var report: StatusReport
    package var isRunning: Bool
    /// Why a daemon that runs did not say it itself, and how old it is then; nil where it did, or where none runs.
    package var caution: String?
  }

  /// How the daemon is doing, whether it runs or not.
  package static func status(_ configuration: Configuration, file: String) throws -> Finding {
    do {
      let connection = try DaemonConnection.find(configuration, file: file)
      try connection.ask(.status)
      let answer = try connection.next(ControlStatus.self, within: ControlConnection.patience)
      return Finding(report: answer.status, isRunning: true)
    } catch let absence as DaemonConnection.Absence {
      return try silent(configuration, absence)
    } catch {
      return try silent(configuration, DaemonConnection.Absence(reason: error))
    }
  }

  /// `absence`: why the daemon does not say it.
  private static func silent(_ configuration: Configuration, _ absence: DaemonConnection.Absence) throws -> Finding {
    var closed: String?
    for directory in DaemonConnection.directories(configuration) where !absence.foreign.contains(directory) {
      let path = directory + "/status.json"
      do throws(SystemCallError) {
        let bytes = try SmallFile.read(path, limit: 64 << 20)
        if let report = try? StatusReport(json: bytes), isAlive(report) {
          return Finding(report: report, isRunning: true, caution: caution(absence.reason))
        }
      } catch {
        if error.code == EACCES { closed = closed ?? path }
      }
    }
    do {
      return Finding(report: try stopped(configuration), isRunning: false)
    } catch {
      throw closed.map(StatusClosed.init) ?? error
    }
  }

  private static func caution(_ obstacle: any Error) -> String {
    let reason =
      obstacle as? ControlConnection.Failure == .nobody
      ? "the daemon runs, but nobody hears its control socket" : "\(obstacle)"
    return "\(reason); this is what it wrote last"
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
      stopped: "STOPPED: \(open) pending in the journal; files saved now are found at the next start", queue: queue,
      oldestPendingSeconds: try reader.oldestOpen().map { max(0, Int((now - $0).components.seconds)) },
      deliveredToday: try reader.delivered(since: midnight),
      lastDelivered: last.map {
        StatusReport.LastDelivered(filename: EscapedText.escape($0.file.path.name), at: $0.logged?.iso8601 ?? "")
      },
      lastUncleanExit: RunMarker(directory: configuration.journal.directory).lastEnding(at: now)?.report)
  }
}
