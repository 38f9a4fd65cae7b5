import ArgumentParser
import Daemon
import Glibc
import SystemSupport

/// Where the program begins. Its main thread only waits: everything runs on the tasks' own threads.
@main
enum Program {
  static func main() {
    // First of all: this process is to have one thread, and nothing that it does not need.
    if let status = InspectionProgram.run(CommandLine.arguments) { exit(status) }
    if let status = LookProgram.run(CommandLine.arguments) { _exit(status) }
    FaultReport.begin()
    do {
      try TaskPool(threads: 2).runToEnd { await S3LoggerdCommand.start() }
    } catch {
      StandardError.print("s3loggerd: cannot start: \(error)")
      S3LoggerdCommand.exit(withError: ExitCode.failed)
    }
  }
}
