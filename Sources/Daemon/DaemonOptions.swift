package import DaemonConfiguration
package import Logging

/// How the daemon is run.
package struct DaemonOptions: Sendable {
  package var configuration: Configuration
  /// The configuration's file, read again on SIGHUP.
  package var configurationPath: String
  package var environment: [String: String]
  /// Deliver what is there, then leave; give up after this long. Nil for a service.
  package var drainLimit: Duration?
  package var logger: Logger
  /// Yields when log records were held back because they repeat.
  package var logWithholding: AsyncStream<Void>
  /// Tells how many they were.
  package var flushLog: @Sendable () -> Void

  package init(
    configuration: Configuration, configurationPath: String, environment: [String: String], drainLimit: Duration?,
    logger: Logger, logWithholding: AsyncStream<Void>, flushLog: @escaping @Sendable () -> Void
  ) {
    self.configuration = configuration
    self.configurationPath = configurationPath
    self.environment = environment
    self.drainLimit = drainLimit
    self.logger = logger
    self.logWithholding = logWithholding
    self.flushLog = flushLog
  }
}
