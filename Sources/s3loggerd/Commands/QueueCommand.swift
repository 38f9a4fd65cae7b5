import ArgumentParser
import Daemon
import DaemonConfiguration
import DeliveryModel
import Status
import SystemSupport

/// `queue`: the pending-queue journal.
struct QueueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "List what is on its way, show one delivery, make some due now, end some, or take a file.",
    subcommands: [
      QueueListCommand.self, QueueShowCommand.self, QueueRetryCommand.self, QueueTakeCommand.self,
      QueueDismissCommand.self,
    ],
    defaultSubcommand: QueueListCommand.self)
}

/// `queue` without a verb: the list.
struct QueueListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List deliveries, oldest first.")

  @OptionGroup var options: ConfigurationOptions

  @Option(name: .customLong("state"), help: "Only deliveries in this state; may be given several times.")
  var states: [String] = []

  @Option(help: "At most this many.")
  var limit: Int = 1000

  @Flag(help: "Print one JSON array.")
  var json = false

  @Flag(help: "Redraw every second until interrupted.")
  var watch = false

  func validate() throws {
    if let wrong = states.first(where: { DeliveryState(rawValue: $0) == nil }) {
      let known = DeliveryState.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--state: there is no state '\(wrong)'; the states are \(known)")
    }
    if limit < 1 { throw ValidationError("--limit: at least 1") }
    if json && watch { throw ValidationError("--watch draws for a person; run `queue --json` as often as you like") }
  }

  func run() async throws {
    let configuration = try options.load()
    let queue = try Inspecting.queue(configuration, options)
    if watch { return try await redraw(queue, configuration) }
    let deliveries = try queue.list(wanted, limit: limit)
    if json { return print(try JSONOutput.text(deliveries.map(DeliveryReport.init))) }
    if deliveries.isEmpty {
      print(states.isEmpty ? "nothing is pending" : "none in this state")
    } else {
      print(QueueTable(deliveries: deliveries, now: Clock.now).text(on: .current))
      let rest = try queue.count(wanted) - deliveries.count
      if rest > 0, deliveries.count == limit { print("and \(rest) more; --limit shows them") }
    }
    guard states.isEmpty else { return }
    for line in (try? queue.unwatched()) ?? [] { print(line.text) }
    tellUnqueued(configuration)
  }

  /// What waits for a person's word and is in no journal: known only while the daemon runs.
  private func tellUnqueued(_ configuration: Configuration) {
    guard let found = try? RunningDaemon.status(configuration, file: options.file), found.isRunning else { return }
    if let caution = found.caution { StandardError.print("s3loggerd: \(caution)") }
    let heldUp = HeldUpText(folders: found.report.folders)
    let leftovers = LeftoverText(folders: found.report.folders)
    let lines =
      heldUp.overdue(limit: limit) + heldUp.unreadable(limit: limit) + leftovers.lines(limit: limit)
      + (leftovers.hasNames ? [LeftoverText.advice] : [])
    if !lines.isEmpty { print("\n" + lines.joined(separator: "\n")) }
  }

  private var wanted: [DeliveryState] {
    states.isEmpty ? [.pending, .uploaded, .parked, .rejected] : states.compactMap(DeliveryState.init)
  }

  /// Draws over the last picture, line by line, so that nothing flickers.
  private func redraw(_ queue: QueueInspection, _ configuration: Configuration) async throws {
    var watch = QueueWatch()
    var news = DaemonNews(configuration, file: options.file)
    let isTerminal = Screen.current.size != nil
    if isTerminal { print("\u{1b}[2J", terminator: "") }
    while !Task.isCancelled {
      let screen = Screen.current
      let room = max(1, min(limit, (screen.size?.rows ?? 54) - 4))
      let told = news.next()
      let lines = watch.frame(
        try queue.list(wanted, limit: room), work: told.work, total: try queue.count(wanted), status: told.status,
        screen: screen, now: Clock.now, at: .now)
      if isTerminal {
        print("\u{1b}[H" + lines.map { $0 + "\u{1b}[K\n" }.joined() + "\u{1b}[J", terminator: "")
      } else {
        print(lines.joined(separator: "\n"))
      }
      StandardOutput.flush()
      if !told.isPushed { await Pause.last(.seconds(1)) }
    }
  }
}

/// `queue show`.
struct QueueShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one delivery with its attempts.",
    discussion: "Exit status: 0, or 4 if there is none.")

  @OptionGroup var options: ConfigurationOptions

  @Argument(help: "The delivery's number, or the path of a file.")
  var subject: String

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let queue = try Inspecting.queue(try options.load(), options)
    let shown: (delivery: Delivery, report: DeliveryReport)?
    do {
      shown = try queue.show(subject)
    } catch let error as FolderSilent {
      StandardError.print("s3loggerd: \(EscapedText.escape(subject)): \(error)")
      throw ExitCode.failed
    }
    guard let found = shown else {
      StandardError.print("s3loggerd: there is no delivery \(EscapedText.escape(subject))")
      throw ExitCode.notFound
    }
    print(
      json ? try JSONOutput.text(found.report) : DeliveryText(report: found.report, now: Clock.now).text(on: .current))
  }
}
