/// Runs another program: for `credential_process`.
package protocol ProcessRunning: Sendable {
  /// Runs `arguments[0]`, found by `PATH` where it has no `/`, without a shell, with exactly this environment, and waits
  /// for its end; ends it after `limit` or with the calling task. What it prints to its standard error is thrown away.
  func run(
    _ arguments: [String], environment: [String: String], limit: Duration
  ) async throws(ProcessFailure) -> ProcessOutput
}

/// A program that ended by itself.
package struct ProcessOutput: Sendable, Equatable {
  /// The exit status; 128 and the signal's number where a signal ended it.
  package var status: Int32
  package var output: [UInt8]

  package init(status: Int32, output: [UInt8]) {
    self.status = status
    self.output = output
  }
}

/// Why a program could not be run to its end.
package enum ProcessFailure: Error, Sendable, Equatable {
  /// In words.
  case notStarted(String)
  case timeout
  case tooMuchOutput
  case cancelled
}
