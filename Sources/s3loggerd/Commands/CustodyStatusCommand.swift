import ArgumentParser
import Daemon
import DeliveryModel

/// `custody status`: where the ledger stands and what of it waits.
struct CustodyStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show where the custody ledger stands, and what of it waits for what.",
    discussion: "Exit status: 0, or 4 where there is no ledger.")

  @OptionGroup var options: ConfigurationOptions

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let configuration = try options.load()
    let report: CustodyReport
    do {
      guard let found = try CustodyReport.read(configuration, now: Clock.now) else {
        StandardError.print("s3loggerd: the journal has no custody ledger; [custody] in the configuration begins one")
        throw ExitCode.notFound
      }
      report = found
    } catch let error as ExitCode {
      throw error
    } catch {
      StandardError.print("s3loggerd: \(error)")
      throw ExitCode.failed
    }
    print(json ? try JSONOutput.text(report) : report.lines.joined(separator: "\n"))
  }
}
