import ArgumentParser
import Daemon
import DeliveryModel

/// `history`: what was delivered, from the local journal.
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "List what was delivered, oldest first.")

  @OptionGroup var options: ConfigurationOptions

  @Option(help: "From this moment on: a duration (2h, 7d), a date (2026-11-23) or a time (2026-11-23T10:00:00Z).")
  var since: String?

  @Option(help: "Only this folder.")
  var folder: String?

  @Option(help: "Only files whose name matches this pattern (* ? [...]).")
  var name: String?

  @Flag(help: "Print one JSON array.")
  var json = false

  @Flag(help: "Print CSV.")
  var csv = false

  func validate() throws {
    if json && csv { throw ValidationError("--json and --csv exclude each other") }
    if let since, MomentText.parse(since, now: Clock.now) == nil {
      throw ValidationError(
        "--since: '\(since)' is no moment; one looks like 2h, 7d, 2026-11-23 or 2026-11-23T10:00:00Z")
    }
  }

  func run() throws {
    let queue = try Inspecting.queue(try options.load())
    let moment = since.flatMap { MomentText.parse($0, now: Clock.now) } ?? Timestamp(milliseconds: 0)
    var writer = HistoryWriter(format: json ? .json : csv ? .csv : .lines)
    try writer.begin()
    try queue.history(since: moment, folder: folder, nameGlob: name) { try writer.add($0) }
    writer.end()
  }
}
