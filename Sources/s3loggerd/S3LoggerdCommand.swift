import ArgumentParser
import Daemon
import DeliveryModel

/// The program: a daemon and the commands that look at its queue.
struct S3LoggerdCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "s3loggerd",
    abstract: "Watches folders, uploads every finished file to Amazon S3 and records it in DynamoDB.",
    discussion: """
      Exit statuses: 0 done; 1 failed; 3 not running (status, wait); 4 not found (queue, wait, audit, custody); 5 not safe \
      (is-safe); 6 differs (audit verify, custody verify); 64 wrong usage; 69 AWS cannot be asked (check, audit), or a \
      folder is not available (wait); 75 something is left (run --drain, wait); 78 configuration.
      """,
    version: Version.number,
    subcommands: [
      RunCommand.self, CheckCommand.self, StatusCommand.self, QueueCommand.self, WaitCommand.self, HistoryCommand.self,
      IsSafeCommand.self, AuditCommand.self, CustodyCommand.self, UnitCommand.self, NoteExitCommand.self,
    ])

  static func start() async {
    StartEnvironment.take()
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let hint = CommandHint.hint(for: arguments) {
      StandardError.print("s3loggerd: \(hint)\n  See 's3loggerd --help'.")
      exit(withError: ExitCode.validationFailure)
    }
    await main(arguments)
  }
}
