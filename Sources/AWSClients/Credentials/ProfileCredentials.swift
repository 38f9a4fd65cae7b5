import AWSSigning
import DeliveryModel

/// A profile of the AWS tools' shared files, `~/.aws/credentials` and `~/.aws/config`.
struct ProfileCredentials: CredentialSource {
  /// The profile of the configuration; nil for that of the environment, or `default`.
  let profile: String?
  let environment: [String: String]
  let sts: STSClient

  var name: String { "the AWS profile \(EscapedText.escape(selected.name))" }

  func load() async throws(ServiceFailure) -> AWSCredentials? {
    // The same setting in the credentials file wins.
    let file = try read("AWS_SHARED_CREDENTIALS_FILE", "credentials", isConfig: false)
      .merged(with: try read("AWS_CONFIG_FILE", "config", isConfig: true))
    let plan = try ProfilePlan.resolve(selected.name, in: file, isRequired: selected.isRequired)
    guard let plan else { return nil }
    var credentials = plan.base
    for role in plan.roles { credentials = try await sts.assumeRole(role, using: credentials) }
    return credentials
  }

  private var selected: (name: String, isRequired: Bool) {
    if let profile { return (profile, true) }
    guard let named = environment["AWS_PROFILE"], !named.isEmpty else { return ("default", false) }
    return (named, true)
  }

  /// An absent file is an empty one.
  private func read(_ variable: String, _ name: String, isConfig: Bool) throws(ServiceFailure) -> ProfileFile {
    let path = environment[variable] ?? environment["HOME"].map { $0 + "/.aws/" + name }
    guard let path, !path.isEmpty else { return ProfileFile(parsing: [], isConfig: isConfig) }
    do {
      return ProfileFile(parsing: try SmallFile.read(path).bytes, isConfig: isConfig)
    } catch SmallFile.Failure.missing {
      return ProfileFile(parsing: [], isConfig: isConfig)
    } catch {
      throw .credentials("profile", "the AWS file \(EscapedText.escape(path)) \(SmallFile.describe(error))")
    }
  }
}
