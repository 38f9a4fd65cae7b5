/// Where the configuration says that credentials come from.
package struct CredentialSettings: Sendable, Equatable {
  /// A profile of the AWS tools' shared files.
  package var profile: String?
  /// Names in `CREDENTIALS_DIRECTORY`, or absolute paths.
  package var accessKeyIDFile: String?
  package var secretAccessKeyFile: String?
  /// Assumed with what the other settings give.
  package var role: RoleSettings?

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
  /// the AWS tools; without them the environment comes first, then its profile.
  package func provider(environment: [String: String], sts: STSClient) -> any CredentialProvider {
    let base = CredentialChain(sources: sources(environment, sts))
    guard let role else { return base }
    return AssumedRoleCredentials(base: base, role: role, sts: sts)
  }

  private func sources(_ environment: [String: String], _ sts: STSClient) -> [any CredentialSource] {
    if accessKeyIDFile != nil || secretAccessKeyFile != nil {
      return [
        CredentialFiles(
          accessKeyIDFile: accessKeyIDFile ?? "", secretAccessKeyFile: secretAccessKeyFile ?? "",
          directory: environment["CREDENTIALS_DIRECTORY"])
      ]
    }
    let shared = ProfileCredentials(profile: profile, environment: environment, sts: sts)
    return profile == nil ? [EnvironmentCredentials(environment: environment), shared] : [shared]
  }
}
