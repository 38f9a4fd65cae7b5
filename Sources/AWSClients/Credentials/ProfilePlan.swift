import AWSSigning
import DeliveryModel

/// What a profile amounts to: base credentials, and the roles to assume with them one after the other.
struct ProfilePlan: Equatable {
  var base: AWSCredentials
  /// The first one is assumed with `base`.
  var roles: [RoleSettings]

  /// Follows `source_profile` from `profile` down to keys. Nil where there is no such profile and none was asked for.
  static func resolve(
    _ profile: String, in file: ProfileFile, isRequired: Bool
  ) throws(ServiceFailure) -> ProfilePlan? {
    if file.profiles[profile] == nil, !isRequired { return nil }
    var roles: [RoleSettings] = []
    var seen: Set<String> = []
    var name = profile
    while true {
      let settings = try settings(of: name, in: file)
      guard let arn = settings["role_arn"], !seen.contains(name), seen.insert(name).inserted else {
        guard let base = try keys(settings, profile: name, isRequired: isRequired) else { return nil }
        return ProfilePlan(base: base, roles: roles.reversed())
      }
      roles.append(role(arn, settings))
      guard let source = settings["source_profile"] else {
        throw failure(name, "has a role_arn but no source_profile")
      }
      name = source
    }
  }

  private static func settings(of name: String, in file: ProfileFile) throws(ServiceFailure) -> [String: String] {
    guard let settings = file.profiles[name] else { throw failure(name, "is in neither of the AWS files") }
    return settings
  }

  private static func keys(
    _ settings: [String: String], profile: String, isRequired: Bool
  ) throws(ServiceFailure) -> AWSCredentials? {
    let key = settings["aws_access_key_id"]
    let secret = settings["aws_secret_access_key"]
    guard let key, let secret, !key.isEmpty, !secret.isEmpty else {
      guard key == nil, secret == nil, !isRequired else {
        throw failure(profile, "lacks aws_access_key_id or aws_secret_access_key")
      }
      return nil
    }
    return AWSCredentials(
      accessKeyID: key, secretAccessKey: secret, sessionToken: settings["aws_session_token"], expiration: nil)
  }

  private static func role(_ arn: String, _ settings: [String: String]) -> RoleSettings {
    let seconds = settings["duration_seconds"].flatMap { Int64($0) } ?? 3600
    return RoleSettings(
      arn: arn, externalID: settings["external_id"],
      sessionName: RoleSettings.sessionName(from: settings["role_session_name"] ?? "s3loggerd"),
      duration: .seconds(min(max(seconds, 900), 43_200)))
  }

  private static func failure(_ profile: String, _ what: String) -> ServiceFailure {
    .credentials("profile", "the AWS profile \(EscapedText.escape(profile)) \(what)")
  }
}
