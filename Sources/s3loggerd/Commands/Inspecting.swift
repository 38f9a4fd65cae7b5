import ArgumentParser
import Daemon
import DaemonConfiguration

/// Opens the journal for a command, or says why not.
enum Inspecting {
  static func queue(_ configuration: Configuration) throws -> QueueInspection {
    do {
      return try QueueInspection(configuration)
    } catch {
      StandardError.print("s3loggerd: \(error)")
      throw ExitCode.failed
    }
  }
}
