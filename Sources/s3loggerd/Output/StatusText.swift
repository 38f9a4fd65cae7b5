import Daemon
import DeliveryModel
import Status

/// The status for a person.
struct StatusText {
  let report: StatusReport
  let now: Timestamp

  func text(on screen: Screen) -> String {
    var lines = [screen.paint(report.status, verdictColour), ""]
    lines += summary.map { name, text in name + String(repeating: " ", count: 11 - name.count) + text }
    if !report.services.isEmpty { lines += [""] + services.lines(on: screen) }
    if let receivers = report.alerts { lines += [""] + alerts(receivers).lines(on: screen) }
    if !report.folders.isEmpty { lines += [""] + folders.lines(on: screen) }
    let work = (report.underWay?.folders ?? []).map(UnderWayText.line)
    lines += work.isEmpty ? [] : [""] + work
    lines += remarks.isEmpty ? [] : [""] + remarks
    return lines.joined(separator: "\n")
  }

  private var verdictColour: Screen.Colour {
    if report.status.hasPrefix("OK") { return .good }
    return report.status.hasPrefix("BLOCKED") ? .bad : .warning
  }

  private var summary: [(String, String)] {
    var lines: [(String, String)] = []
    if let pid = report.pid, let since = report.since {
      lines.append(
        ("daemon", "running since \(Age.of(iso8601: since, at: now)), process \(pid), version \(report.version)"))
    } else {
      lines.append(("daemon", "not running"))
    }
    let queue = report.queue.filter { $0.value > 0 }.sorted { $0.key < $1.key }
    let counts = queue.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    lines.append(("queue", "\(counts.isEmpty ? "empty" : counts); \(report.deliveredToday) delivered today"))
    if let last = report.lastDelivered {
      lines.append(("last", "\(last.filename), \(Age.of(iso8601: last.at, at: now))"))
    }
    if let journal = report.journal, let since = journal.historySince {
      lines.append(
        (
          "history",
          "whole since \(since.prefix(10)) only, as the journal has \(HumanSize.text(journal.bytes)) "
            + "of the \(HumanSize.text(journal.limit)) that [journal] history_size allows"
        ))
    }
    if report.journal?.clockUnconfirmed == true {
      lines.append(
        ("history", "nothing is removed for its age: no service has confirmed this machine's clock since the start"))
    }
    if let exit = report.lastUncleanExit {
      lines.append(("last crash", "\(Age.of(iso8601: exit.at, at: now)): \(exit.reason)"))
    }
    return lines + restart
  }

  /// What a restart is needed for, by the command that it takes.
  private var restart: [(String, String)] {
    Dictionary(grouping: report.restartNeeded ?? [], by: \.command).sorted { $0.key < $1.key }.map {
      command, settings in
      let names = settings.map { $0.key + ($0.folder.map { " of " + $0 } ?? "") }.joined(separator: ", ")
      return ("restart", "needed for \(names): \(command)")
    }
  }

  private var services: Table {
    var table = Table(header: ["SERVICE", "STATE", "SINCE", "REASON"])
    table.rows = report.services.sorted { $0.key < $1.key }.map { name, service in
      let colour: Screen.Colour = service.state == "ok" ? .good : service.state == "blocked" ? .bad : .warning
      return [
        Table.Cell(name), Table.Cell(service.state, colour),
        Table.Cell(ago(service.since)),
        Table.Cell(service.reason ?? "-"),
      ]
    }
    return table
  }

  private func alerts(_ receivers: [String: StatusReport.Receiver]) -> Table {
    var table = Table(header: ["ALERTS TO", "STATE", "SINCE", "WAITING", "REASON"], numeric: [3])
    table.rows = receivers.sorted { $0.key < $1.key }.map { name, receiver in
      [
        Table.Cell(name), Table.Cell(receiver.state, receiver.state == "ok" ? .good : .warning),
        Table.Cell(ago(receiver.since)), Table.Cell(receiver.waiting.map { String($0) } ?? "-"),
        Table.Cell(receiver.reason ?? "-"),
      ]
    }
    return table
  }

  private func ago(_ moment: String?) -> String {
    moment.flatMap { MomentText.parse($0, now: now) }.map { Age.of($0, at: now) } ?? "-"
  }

  private var folders: Table {
    var table = Table(
      header: ["FOLDER", "WATCH", "DIRECTORIES", "SETTLING", "PENDING", "IGNORED", "MISSED", "LAST SCAN", "PATH"],
      numeric: [2, 3, 4, 5, 6])
    table.rows = report.folders.map { folder in
      [
        Table.Cell(folder.name),
        !folder.available
          ? Table.Cell("NOT AVAILABLE", .bad)
          : closed(folder.name).isEmpty ? Table.Cell(folder.mode, .good) : Table.Cell("STOPPED", .bad),
        Table.Cell(String(folder.directories)), Table.Cell(String(folder.waiting)), Table.Cell(String(folder.pending)),
        Table.Cell(String(folder.ignored.values.reduce(0, +))), Table.Cell(String(folder.missedEvents)),
        Table.Cell(ago(folder.lastRescan)),
        Table.Cell(EscapedText.escape(folder.path)),
      ]
    }
    return table
  }

  /// What takes nothing of the folder while it takes others', and why.
  private func closed(_ folder: String) -> [(service: String, StatusReport.ClosedFolder)] {
    report.services.sorted { $0.key < $1.key }.flatMap { service, state in
      (state.closedFolders ?? []).filter { $0.folder == folder }.map { (service, $0) }
    }
  }

  /// What does not fit into a table.
  private var remarks: [String] {
    let leftovers = LeftoverText(folders: report.folders)
    return folderRemarks + HeldUpText(folders: report.folders).unreadable() + leftovers.lines()
      + (leftovers.hasNames ? [LeftoverText.advice] : [])
  }

  private var folderRemarks: [String] {
    report.folders.flatMap { folder in
      var lines = (folder.waitingFiles ?? []).map { "\(folder.name): \(HeldUpText.waiting($0, in: folder))" }
      let ignored = folder.ignored.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      if !ignored.isEmpty { lines.append("\(folder.name): ignored \(ignored.joined(separator: ", "))") }
      if folder.overflows > 0 {
        lines.append("\(folder.name): the kernel dropped events \(folder.overflows.counted("time"))")
      }
      if let seconds = folder.stretchedRescanSeconds {
        lines.append(
          "\(folder.name): looked through every \(Duration.seconds(seconds).brief), less often than configured, to spare the "
            + "processor")
      }
      if folder.recordsSampled == true {
        lines.append(
          "\(folder.name): none of its last 200 files from before this journal had a record; every 20th is asked for in the "
            + "table, the others are sent at once")
      }
      for (service, state) in closed(folder.name) {
        lines.append(
          "\(folder.name): \(service) takes none of its files since \(ago(state.since)): \(state.reason); they are kept, and "
            + "one attempt at a time finds out when it does")
      }
      if let problem = folder.problem { lines.append("\(folder.name): \(problem)") }
      return lines
    }
  }
}

/// What the daemon works on, for a person.
enum UnderWayText {
  /// `inbox: 1 being read, 3 being sent (12.0 MiB of 40.0 MiB), 2 being recorded`.
  static func line(_ folder: StatusReport.UnderWay.Folder) -> String {
    var parts: [String] = []
    if folder.reading > 0 { parts.append("\(folder.reading) being read") }
    if folder.sending > 0 {
      let bytes = "\(HumanSize.text(folder.bytesDone)) of \(HumanSize.text(folder.bytes))"
      parts.append("\(folder.sending) being sent (\(bytes))")
    }
    if folder.recording > 0 { parts.append("\(folder.recording) being recorded") }
    if folder.waiting > 0 { parts.append("\(folder.waiting) waiting for their turn") }
    return "\(EscapedText.escape(folder.folder)): \(parts.joined(separator: ", "))"
  }
}
