import ArgumentParser
import Daemon
import DaemonConfiguration

/// Opens the journal for a command, or says why not.
enum Inspecting {
  static func queue(_ configuration: Configuration, _ options: ConfigurationOptions) throws -> QueueInspection {
    do {
      return try QueueInspection(configuration, options.looks)
    } catch {
      StandardError.print("s3loggerd: \(error)")
      throw ExitCode.failed
    }
  }
}
