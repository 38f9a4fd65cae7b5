import ArgumentParser
import Daemon
import DaemonConfiguration
import DeliveryModel

/// `check`: every problem of the configuration at once.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the configuration and the folders; with --online also credentials, bucket and table.",
    discussion: "Exit status: 0 all is well, 78 the configuration is not, 69 the online check failed.")

  @OptionGroup var options: ConfigurationOptions

  @Flag(help: "Prove credentials, bucket and table with the rights of the daemon.")
  var online = false

  func run() async throws {
    let check = FolderCheck(file: options.file, environment: options.environment)
    if check.outcome.configuration == nil { tellOthers(check) }
    let configuration = try options.usable(check.outcome, showsWarnings: true)
    print("\(EscapedText.escape(options.file)): the configuration is valid, folders: \(configuration.folders.count)")
    print("        \(UploadVerification.text(configuration))")
    let isAccessible = tellAccess(configuration, check)
    guard online else {
      if !isAccessible { throw ExitCode.configuration }
      return
    }
    let findings = await OnlineCheck(configuration, environment: options.environment).run()
    for line in findings.flatMap(\.lines) { print(line) }
    if findings.contains(where: { !$0.isGood }) { throw ExitCode.unavailable }
    if !isAccessible { throw ExitCode.configuration }
  }

  /// What stands at one folder's path says nothing of the others: these are reported all the same.
  private func tellOthers(_ check: FolderCheck) {
    guard let configuration = check.written else { return }
    _ = tellAccess(configuration, check)
    if online { StandardError.print("s3loggerd: bucket and table are tried once the following is fixed") }
  }

  /// What the service's user may do in each folder; returns whether that is enough.
  private func tellAccess(_ configuration: Configuration, _ check: FolderCheck) -> Bool {
    let access = FolderAccess(configuration)
    let findings =
      configuration.folders.flatMap(check.findings) + check.shared(configuration.folders)
      + check.unfitting(configuration.folders) + access.examineAlerts()
      + [UnitAccess.finding(configuration)].compactMap { $0 }
    let screen = Screen.current
    for finding in findings {
      let verdict =
        finding.isWarning
        ? screen.paint("WARNING", .warning)
        : finding.isGood ? screen.paint("ok     ", .good) : screen.paint("FAILED ", .bad)
      print("\(verdict) \(finding.subject): \(finding.detail)")
      if let remedy = finding.remedy { print("        mend it with: sudo \(remedy)") }
    }
    for place in (try? check.unwatched(QueueInspection(configuration, options.looks))) ?? [] {
      print("\(screen.paint("WARNING", .warning)) \(place.text)")
    }
    if FolderAccess.hasServiceUser {
      let group = FolderAccess.serviceUser
      print("        status.json is for root and the group \(group): who monitors the daemon joins it")
    }
    if !access.isServiceUser { print("        seen as \(access.userName); \(FolderAccess.howToSeeAsService)") }
    return findings.allSatisfy(\.isGood)
  }
}
