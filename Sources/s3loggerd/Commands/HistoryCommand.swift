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

  @OptionGroup var list: ListOptions

  func validate() throws { try MomentText.demand(since, of: "--since") }

  func run() throws {
    let queue = try Inspecting.queue(try options.load(), options)
    let moment = since.flatMap { MomentText.parse($0, now: Clock.now) } ?? Timestamp(milliseconds: 0)
    var writer = HistoryWriter(format: list.format)
    writer.begin()
    try queue.history(since: moment, folder: folder, nameGlob: name) { try writer.add($0) }
    writer.end()
  }
}
