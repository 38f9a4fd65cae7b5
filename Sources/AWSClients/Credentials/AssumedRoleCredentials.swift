import AWSSigning
import DeliveryModel

/// The credentials of a role, assumed anew on every call with those of `base`.
struct AssumedRoleCredentials: CredentialProvider {
  let base: any CredentialProvider
  let role: RoleSettings
  let sts: STSClient

  func find() async throws(ServiceFailure) -> SourcedCredentials {
    let found = try await base.find()
    let assumed: AWSCredentials
    do throws(ServiceFailure) {
      assumed = try await sts.assumeRole(role, using: found.credentials)
    } catch {
      throw found.isCopy && error.blamesKey ? error.withRestartHint : error
    }
    return SourcedCredentials(assumed, from: "\(EscapedText.escape(role.arn)), assumed with \(found.source)")
  }
}
