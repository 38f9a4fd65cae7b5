import ArgumentParser
import Daemon
import DaemonConfiguration

/// Which configuration: shared by every command.
struct ConfigurationOptions: ParsableArguments {
  @Option(name: .customLong("config"), help: "The configuration file (or S3LOGGERD_CONFIG).")
  var path: String?

  /// The file in force: the option, the environment, the default.
  var file: String {
    path ?? environment["S3LOGGERD_CONFIG"].flatMap { $0.isEmpty ? nil : $0 } ?? "/etc/s3loggerd/config.toml"
  }

  var environment: [String: String] { StartEnvironment.variables }

  /// How a command looks at folders.
  var looks: FolderLooks { FolderLooks(file: file, environment: environment) }

  /// Reads the configuration; prints every problem and exits with 78 if it cannot be used. `run` waits for folders that are
  /// not there, the other commands leave them alone and print no warnings.
  func load(folders: FolderProbe? = nil, showsWarnings: Bool? = nil) throws -> Configuration {
    let outcome = ConfigurationLoader.load(path: file, environment: environment, folders: folders ?? .none)
    return try usable(outcome, showsWarnings: showsWarnings ?? (folders != nil))
  }

  /// Prints the problems, and exits with 78 if there is no configuration that could be used.
  func usable(_ outcome: ConfigurationOutcome, showsWarnings: Bool) throws -> Configuration {
    if showsWarnings || outcome.configuration == nil {
      for diagnostic in outcome.diagnostics { StandardError.print("\(diagnostic)") }
    }
    guard let configuration = outcome.configuration else { throw ExitCode.configuration }
    return configuration
  }
}
