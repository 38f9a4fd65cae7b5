import ArgumentParser
import Daemon
import DaemonConfiguration
import ServiceManager

/// `run`: the daemon, in the foreground.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the daemon in the foreground.",
    discussion:
      "Exit status: 0 stopped, 1 failed, 78 configuration; with --drain 0 all delivered, 75 something is left.")

  @OptionGroup var options: ConfigurationOptions

  @Flag(help: "Deliver what is in the folders now, then leave.")
  var drain = false

  @Option(help: "With --drain: leave after this long at the latest.")
  var timeout: String = "10m"

  func run() async throws {
    let limit = try drain ? parsedTimeout() : nil
    let configuration = try options.load(folders: .waiting)
    let log = ServiceLog(ServiceLog.destination())
    let daemon = DeliveryDaemon(
      DaemonOptions(
        configuration: configuration, configurationPath: options.file, environment: options.environment,
        drainLimit: limit, logger: log.logger("s3loggerd"), logWithholding: log.withholding, flushLog: log.flush))
    let complete: Bool
    do {
      complete = try await daemon.run()
    } catch {
      daemon.tellFault(error)
      log.flush()
      throw ExitCode.failed
    }
    log.flush()
    if !complete { throw ExitCode.somethingLeft }
  }

  private func parsedTimeout() throws -> Duration {
    guard let duration = DurationText.parse(timeout), duration > .zero else {
      throw ValidationError("--timeout: '\(timeout)' is no duration; one looks like 90s, 10m or 2h")
    }
    return duration
  }
}
