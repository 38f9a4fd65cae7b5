import ArgumentParser
import ControlSocket
import Daemon
import DaemonConfiguration
import DeliveryModel

/// `wait`: until all that is there now is recorded.
struct WaitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait until every file that is in the folders now is recorded.",
    discussion: """
      A file that was saved a moment before counts, whatever is saved later does not. Refused and withdrawn files are named; \
      set aside or blocked ones are waited for. Exit status: 0 all recorded, 3 the daemon does not run, 4 no such folder, 69 a \
      folder is not available, or files wait in a place that no folder watches now, 75 something is left when the time is up.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: "Only this folder.")
  var folder: String?

  @Option(help: "Wait for so long at most (90s, 10m, 2h); without it as long as it takes.")
  var timeout: String?

  @Flag(help: "Print one JSON document at the end.")
  var json = false

  private static let longest = Duration.seconds(366 * 86_400)

  func validate() throws {
    if let timeout, DurationText.parse(timeout) == nil {
      throw ValidationError(
        "--timeout: '\(EscapedText.escape(timeout))' is no duration; one looks like 90s, 10m or 2h")
    }
    if let timeout, let limit = DurationText.parse(timeout), limit > Self.longest {
      throw ValidationError(
        "--timeout: '\(EscapedText.escape(timeout))' is more than a year; leave it out to wait for ever")
    }
  }

  func run() throws {
    let configuration = try options.load()
    let limit = timeout.flatMap { DurationText.parse($0) }
    let end: ControlWaitEnd
    do {
      let connection = try DaemonConnection.open(configuration, file: options.file)
      try connection.ask(.wait(folder: folder, timeout: limit))
      end = try lastLine(connection, limit)
    } catch let refusal as ControlRefusal {
      StandardError.print("s3loggerd: \(refusal)")
      throw refusal.error == .noFolder ? ExitCode.notFound : ExitCode.failed
    } catch ControlConnection.Failure.nobody {
      StandardError.print("s3loggerd: the daemon does not run: what is in the folders is delivered once it does")
      throw ExitCode.notRunning
    } catch {
      StandardError.print("s3loggerd: \(error); what is in the folders is not known to be recorded")
      throw ExitCode.failed
    }
    if json { print(try JSONOutput.text(end)) }
    WaitText(end: end, isQuiet: json).show()
    switch end.outcome {
    case "done": return
    case "unavailable": throw ExitCode.unavailable
    default: throw ExitCode.somethingLeft
    }
  }

  /// Says meanwhile what it waits for, where that changes.
  private func lastLine(_ connection: ControlConnection, _ limit: Duration?) throws -> ControlWaitEnd {
    var told: [ControlWaitNews.Folder] = []
    while true {
      let line = try connection.rawLine(within: limit.map { $0 + .seconds(30) })
      if let end = try? ControlProtocol.decode(ControlWaitEnd.self, line) { return end }
      guard let news = try? ControlProtocol.decode(ControlWaitNews.self, line) else {
        throw ControlConnection.Failure.garbled
      }
      for folder in news.waiting where !told.contains(folder) && folder.stage != "done" && folder.stage != "looking" {
        StandardError.print(
          "s3loggerd: waiting: \(EscapedText.escape(folder.folder)): \(EscapedText.escape(folder.reason ?? ""))")
      }
      told = news.waiting
    }
  }
}
