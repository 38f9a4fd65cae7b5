import AWSSigning
import DeliveryModel

/// The credentials of a role, assumed anew on every call with those of `base`.
struct AssumedRoleCredentials: CredentialProvider {
  let base: any CredentialProvider
  let role: RoleSettings
  let sts: STSClient

  func credentials() async throws(ServiceFailure) -> AWSCredentials {
    try await sts.assumeRole(role, using: try await base.credentials())
  }
}
