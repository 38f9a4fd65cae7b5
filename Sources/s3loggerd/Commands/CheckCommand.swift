import ArgumentParser
import Daemon
import DaemonConfiguration

/// `check`: every problem of the configuration at once.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check the configuration; with --online also credentials, bucket and table.",
    discussion: "Exit status: 0 all is well, 78 the configuration is not, 69 the online check failed.")

  @OptionGroup var options: ConfigurationOptions

  @Flag(help: "Prove credentials, bucket and table with the rights of the daemon.")
  var online = false

  func run() async throws {
    let configuration = try options.load(folders: .fileSystem)
    print("\(options.file): the configuration is valid, \(configuration.folders.count) folders")
    guard online else { return }
    let findings = await OnlineCheck(configuration, environment: options.environment).run()
    for finding in findings { print(finding.line) }
    if findings.contains(where: { !$0.isGood }) { throw ExitCode.unavailable }
  }
}
