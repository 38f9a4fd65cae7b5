import AWSClients
import Synchronization

/// Answers each run with the next of its outputs and remembers what was run.
final class ScriptedProcesses: ProcessRunning {
  struct Run: Sendable {
    var arguments: [String]
    var environment: [String: String]
  }

  private let state: Mutex<(outputs: [Result<ProcessOutput, ProcessFailure>], runs: [Run])>

  init(_ outputs: [Result<ProcessOutput, ProcessFailure>]) { state = Mutex((outputs, [])) }

  var runs: [Run] { state.withLock { $0.runs } }

  func run(
    _ arguments: [String], environment: [String: String], limit: Duration
  ) async throws(ProcessFailure) -> ProcessOutput {
    let next: Result<ProcessOutput, ProcessFailure>? = state.withLock { state in
      state.runs.append(Run(arguments: arguments, environment: environment))
      return state.outputs.isEmpty ? nil : state.outputs.removeFirst()
    }
    guard let next else { throw .notStarted("no output is left in the script") }
    return try next.get()
  }
}
