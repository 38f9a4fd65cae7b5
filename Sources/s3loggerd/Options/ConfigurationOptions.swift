import ArgumentParser
import DaemonConfiguration
import Foundation

/// Which configuration: shared by every command.
struct ConfigurationOptions: ParsableArguments {
  @Option(name: .customLong("config"), help: "The configuration file (or S3LOGGERD_CONFIG).")
  var path: String?

  /// The file in force: the option, the environment, the default.
  var file: String {
    path ?? environment["S3LOGGERD_CONFIG"] ?? "/etc/s3loggerd/config.toml"
  }

  var environment: [String: String] { ProcessInfo.processInfo.environment }

  /// Reads the configuration; prints every problem and exits with 78 if it cannot be used. `run` and `check` look at the
  /// folders too, the other commands leave them alone.
  func load(checkingFolders: Bool = false) throws -> Configuration {
    let probe: FolderProbe = checkingFolders ? .fileSystem : .none
    let outcome = ConfigurationLoader.load(path: file, environment: environment, folders: probe)
    if checkingFolders || outcome.configuration == nil {
      for diagnostic in outcome.diagnostics { StandardError.print("\(diagnostic)") }
    }
    guard let configuration = outcome.configuration else { throw ExitCode.configuration }
    return configuration
  }
}
