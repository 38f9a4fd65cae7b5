import Daemon

/// The status for a person.
struct StatusText {
  let report: StatusReport

  init(_ report: StatusReport) {
    self.report = report
  }

  var text: String {
    var lines = [report.status, ""]
    if let pid = report.pid, let since = report.since {
      lines.append("daemon    running since \(since), process \(pid), version \(report.version)")
    } else {
      lines.append("daemon    not running")
    }
    let queue = report.queue.filter { $0.value > 0 }.sorted { $0.key < $1.key }
    let counts = queue.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    lines.append("queue     \(counts.isEmpty ? "empty" : counts); \(report.deliveredToday) delivered today")
    if let last = report.lastDelivered { lines.append("last      \(last.filename) at \(last.at)") }
    lines += services + folders
    return lines.joined(separator: "\n")
  }

  private var services: [String] {
    report.services.sorted { $0.key < $1.key }.map { name, service in
      let since = service.since.map { " since \($0)" } ?? ""
      let reason = service.reason.map { ": \($0)" } ?? ""
      return "service   \(name) \(service.state)\(since)\(reason)"
    }
  }

  private func waiting(_ file: StatusReport.WaitingFile) -> String {
    let reason = file.openForWriting ? "a program has it open for writing" : "it has not come to rest"
    let warning = file.warning ? "WARNING: " : ""
    return "\(warning)waiting for \(Duration.seconds(file.seconds).brief): \(file.path), \(reason)"
  }

  private var folders: [String] {
    report.folders.flatMap { folder in
      let state = folder.available ? "watched by \(folder.mode), \(folder.directories) directories" : "NOT AVAILABLE"
      var lines = [
        "folder    \(folder.name) \(folder.path): \(state), \(folder.pending) pending, \(folder.waiting) waiting"
      ]
      for file in folder.waitingFiles ?? [] { lines.append("          " + waiting(file)) }
      if folder.missedEvents + folder.overflows > 0 {
        lines.append("          \(folder.missedEvents) found only by a rescan, \(folder.overflows) overflows")
      }
      let ignored = folder.ignored.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      if !ignored.isEmpty { lines.append("          ignored: \(ignored.joined(separator: ", "))") }
      if let problem = folder.problem { lines.append("          \(problem)") }
      return lines
    }
  }
}
