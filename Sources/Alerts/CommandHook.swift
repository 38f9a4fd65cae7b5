import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// Runs the program that is told of alerts: no shell, the message on its standard input, an end after a while.
struct CommandHook: Sendable {
  let settings: AlertSettings.Command

  /// Nothing of ours, where secrets may be.
  private static let environment = [
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
  ]

  /// The exit status 0 means that the message was taken.
  func run(_ body: [UInt8]) async -> AlertAttempt {
    let program = EscapedText.escape(settings.arguments.first ?? "")
    do throws(ChildProcess.Failure) {
      let output = try await ChildProcess.run(
        settings.arguments, environment: Self.environment, input: body + [UInt8(ascii: "\n")], limit: settings.timeout)
      return output.status == 0 ? .delivered : .failed("\(program) left with status \(output.status)")
    } catch {
      return .failed("\(program) \(Self.words(error, settings.timeout))")
    }
  }

  private static func words(_ failure: ChildProcess.Failure, _ limit: Duration) -> String {
    switch failure {
    case .notStarted(let error):
      "cannot be started: \(error.meaning) (\(error.name)); under systemd a program outside /usr needs ExecPaths=, see "
        + "the drop-in alerts.conf"
    case .timeout: "did not end within \(limit.brief) and was ended, with all that it started"
    case .tooMuchOutput: "printed more than 64 KiB and was ended"
    case .cancelled: "was ended, because the daemon stops"
    }
  }
}
