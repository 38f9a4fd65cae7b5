import AWSConfiguration
import AWSSigning
import DeliveryModel

/// A profile's `credential_process`: a program that prints credentials, such as `aws_signing_helper` of IAM Roles Anywhere.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
struct ProcessCredentials {
  let command: String
  let environment: [String: String]
  let processes: any ProcessRunning

  /// How long the program may take.
  static let limit = Duration.seconds(60)

  /// What the program is not to inherit: secrets of ours, and our line to systemd.
  private static let withheld = CredentialSettings.secretVariables.union([
    "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
    "LISTEN_FDNAMES",
  ])

  func credentials() async throws(ServiceFailure) -> AWSCredentials {
    guard let arguments = CommandLineText.split(command), let program = arguments.first else {
      throw failure("credential_process", "is empty or has an unclosed quotation mark")
    }
    let name = "credential_process \(EscapedText.escape(program))"
    let result: ProcessOutput
    do {
      result = try await processes.run(
        arguments, environment: environment.filter { !Self.withheld.contains($0.key) }, limit: Self.limit)
    } catch {
      throw failure(name, Self.words(error))
    }
    guard result.status == 0 else {
      throw failure(
        name, "failed with status \(result.status); run it by hand as the daemon's user to see what it says")
    }
    return try credentials(of: result.output, name)
  }

  private func credentials(of output: [UInt8], _ name: String) throws(ServiceFailure) -> AWSCredentials {
    guard let document = CredentialDocument(parsing: output) else { throw failure(name, "did not print a JSON object") }
    guard document.version == "1" else { throw failure(name, "did not print \"Version\": 1") }
    guard let credentials = document.credentials(token: "SessionToken") else {
      throw failure(name, document.fault(token: "SessionToken"))
    }
    return credentials
  }

  private static func words(_ failure: ProcessFailure) -> String {
    switch failure {
    case .notStarted(let reason): "could not be started: \(EscapedText.escape(reason))"
    case .timeout: "did not end within \(limit.components.seconds) s and was ended"
    case .tooMuchOutput: "printed more than credentials and was ended"
    case .cancelled: "was ended because nobody waits for it any more"
    }
  }

  private func failure(_ name: String, _ what: String) -> ServiceFailure {
    .credentials("credential-process", "the \(name) \(what)")
  }
}
