/// Where the configuration says that credentials come from.
package struct CredentialSettings: Sendable, Equatable {
  /// A profile of the AWS tools' shared files.
  package var profile: String?
  /// Names in `CREDENTIALS_DIRECTORY`, or absolute paths.
  package var accessKeyIDFile: String?
  package var secretAccessKeyFile: String?
  /// Assumed with what the other settings give.
  package var role: RoleSettings?

  /// The variables of the environment that are secrets.
  package static let secretVariables: Set<String> = [
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  ]

  package init(
    profile: String? = nil, accessKeyIDFile: String? = nil, secretAccessKeyFile: String? = nil,
    role: RoleSettings? = nil
  ) {
    self.profile = profile
    self.accessKeyIDFile = accessKeyIDFile
    self.secretAccessKeyFile = secretAccessKeyFile
    self.role = role
  }

  /// What provides the credentials. Files and profile that the configuration names stand alone, as a parameter does in
  /// the AWS tools; without them the places are looked at in the order of the SDKs.
  ///
  /// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
  package func provider(_ means: CredentialMeans) -> any CredentialProvider {
    let base = CredentialChain(sources: sources(means))
    guard let role else { return base }
    return AssumedRoleCredentials(base: base, role: role, sts: means.sts)
  }

  private func sources(_ means: CredentialMeans) -> [any CredentialSource] {
    if accessKeyIDFile != nil || secretAccessKeyFile != nil {
      return [
        CredentialFiles(
          accessKeyIDFile: accessKeyIDFile ?? "", secretAccessKeyFile: secretAccessKeyFile ?? "",
          directory: means.environment["CREDENTIALS_DIRECTORY"])
      ]
    }
    let shared = ProfileCredentials(profile: profile, means: means)
    if profile != nil { return [shared] }
    return [
      EnvironmentCredentials(environment: means.environment),
      WebIdentityCredentials(environment: means.environment, sts: means.sts), shared,
      ContainerCredentials(environment: means.environment, http: means.http),
      InstanceMetadataCredentials(environment: means.environment, http: means.http),
    ]
  }
}

/// What the sources of credentials work with.
package struct CredentialMeans: Sendable {
  package var environment: [String: String]
  package var sts: STSClient
  /// For the endpoints of the container and of the instance.
  package var http: any HTTPPerforming
  /// For `credential_process`.
  package var processes: any ProcessRunning

  package init(
    environment: [String: String], sts: STSClient, http: any HTTPPerforming, processes: any ProcessRunning
  ) {
    self.environment = environment
    self.sts = sts
    self.http = http
    self.processes = processes
  }
}
