import AWSClients
import SystemSupport

/// Runs a profile's `credential_process`.
struct CredentialProcesses: ProcessRunning {
  func run(
    _ arguments: [String], environment: [String: String], limit: Duration
  ) async throws(ProcessFailure) -> ProcessOutput {
    do {
      let output = try await ChildProcess.run(arguments, environment: environment, limit: limit)
      return ProcessOutput(status: output.status, output: output.bytes)
    } catch {
      switch error {
      case .notStarted(let reason): throw .notStarted("\(reason)")
      case .timeout: throw .timeout
      case .tooMuchOutput: throw .tooMuchOutput
      case .cancelled: throw .cancelled
      }
    }
  }
}
