import AWSConfiguration
import AWSSigning
import DeliveryModel

/// A profile of the AWS tools' shared files, `~/.aws/credentials` and `~/.aws/config`.
struct ProfileCredentials: CredentialSource {
  /// The profile of the configuration; nil for that of the environment, or `default`.
  let profile: String?
  let means: CredentialMeans

  var name: String { "the AWS profile \(EscapedText.escape(selected.name))" }

  /// Where the shared file is one that systemd handed over.
  var isCopy: Bool {
    let file = means.environment["AWS_SHARED_CREDENTIALS_FILE"] ?? ""
    return file.hasPrefix("/") && CredentialFiles.isCopy(file, in: means.environment["CREDENTIALS_DIRECTORY"])
  }

  func look() async throws(ServiceFailure) -> SourceAnswer {
    let file: ProfileFile
    do throws(SharedFiles.Failure) {
      file = try SharedFiles.read(means.environment)
    } catch {
      throw .credentials("profile", "the AWS file \(EscapedText.escape(error.path)) \(error.reason)")
    }
    let plan = try ProfilePlan.resolve(selected.name, in: file, isRequired: selected.isRequired)
    guard let plan else { return .absent("in neither shared file, or without credentials") }
    var credentials = try await base(plan.base)
    for role in plan.roles { credentials = try await means.sts.assumeRole(role, using: credentials) }
    return .found(credentials)
  }

  private func base(_ base: ProfilePlan.Base) async throws(ServiceFailure) -> AWSCredentials {
    switch base {
    case .keys(let credentials):
      let values = [
        ("aws_access_key_id", credentials.accessKeyID), ("aws_secret_access_key", credentials.secretAccessKey),
        ("aws_session_token", credentials.sessionToken ?? "x"),
      ]
      if let fault = CredentialValue.fault(in: values) { throw .credentials("profile", "in \(name) \(fault)") }
      return credentials
    case .process(let command):
      return try await ProcessCredentials(
        command: command, environment: means.environment, processes: means.processes
      ).credentials()
    case .webIdentity(let role, let tokenFile):
      return try await WebIdentityCredentials.assume(role, tokenFile: tokenFile, sts: means.sts)
    case .environment: return try await only(EnvironmentCredentials(environment: means.environment))
    case .container: return try await only(ContainerCredentials(environment: means.environment, http: means.http))
    case .instance:
      return try await only(InstanceMetadataCredentials(environment: means.environment, http: means.http))
    }
  }

  /// The credentials of the one place that `credential_source` names.
  private func only(_ source: some CredentialSource) async throws(ServiceFailure) -> AWSCredentials {
    switch try await source.look() {
    case .found(let credentials): return credentials
    case .absent(let reason):
      throw .credentials("profile", "\(name) names a credential_source without credentials: \(source.name): \(reason)")
    }
  }

  private var selected: (name: String, isRequired: Bool) { SharedFiles.profile(profile, means.environment) }
}
