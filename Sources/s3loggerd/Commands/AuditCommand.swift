import ArgumentParser
import Audit
import Daemon
import DaemonConfiguration

/// `audit`: what AWS holds, with the auditor's rights.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Find records in DynamoDB, and compare them with their objects in S3.",
    discussion: """
      It works on any machine, with the rights of [audit] in the configuration, else with those of the person who asks: \
      never with the daemon's.
      """,
    subcommands: [AuditFindCommand.self, AuditVerifyCommand.self])

  /// Opens an audit, or says why not and exits.
  static func open(_ options: AuditOptions, _ common: ConfigurationOptions) throws -> Audit {
    let configuration = try common.load(folders: .calling, showsWarnings: false)
    let filter = options.filter
    do throws(AuditError) {
      let audit = try Audit(filter, configuration, environment: common.environment)
      if filter.usesConfiguredFolders {
        let names = configuration.folders.map(\.name).joined(separator: ", ")
        StandardError.print("s3loggerd: looked for in the configured folders (\(names)); --scan finds others too")
      }
      return audit
    } catch {
      throw exit(for: error)
    }
  }

  /// Tells why it cannot go on; the exit status for that.
  static func exit(for error: AuditError) -> any Error {
    switch error {
    case .needsScan(let advice): return ValidationError(advice)
    case .failed(let reason):
      StandardError.print("s3loggerd: \(reason)")
      return ExitCode.unavailable
    }
  }
}
