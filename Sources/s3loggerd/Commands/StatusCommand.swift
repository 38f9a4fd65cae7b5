import ArgumentParser
import Daemon
import DeliveryModel
import Status

/// `status`: what `systemctl status` shows, in full.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how the daemon, its folders, the services and the queue are doing.",
    discussion: "Exit status: 0, or 3 if the daemon does not run.")

  @OptionGroup var options: ConfigurationOptions

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let configuration = try options.load()
    let found: RunningDaemon.Finding
    do {
      found = try RunningDaemon.status(configuration, file: options.file)
    } catch let error as StatusClosed {
      StandardError.print("s3loggerd: \(error)")
      throw ExitCode.failed
    } catch {
      StandardError.print("s3loggerd: not running, as far as this user can see; \(error)")
      throw ExitCode.notRunning
    }
    print(
      json
        ? String(decoding: try found.report.json().dropLast(), as: UTF8.self)
        : StatusText(report: found.report, now: Clock.now).text(on: .current))
    if let caution = found.caution { StandardError.print("s3loggerd: \(caution)") }
    if !found.isRunning { throw ExitCode.notRunning }
  }
}
