import AWSConfiguration
import AWSSigning
import DeliveryModel

/// What a profile amounts to: base credentials, and the roles to assume with them one after the other.
struct ProfilePlan: Equatable {
  /// Where a chain of profiles begins.
  enum Base: Equatable {
    case keys(AWSCredentials)
    /// The command line of `credential_process`.
    case process(String)
    case webIdentity(RoleSettings, tokenFile: String)
    /// `credential_source`: `Environment`, `EcsContainer`, `Ec2InstanceMetadata`.
    case environment
    case container
    case instance
  }

  var base: Base
  /// The first one is assumed with `base`.
  var roles: [RoleSettings]

  /// Follows `source_profile` from `profile` down to its base. Nil where there are no credentials under the name and none
  /// were asked for.
  ///
  /// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
  static func resolve(
    _ profile: String, in file: ProfileFile, isRequired: Bool
  ) throws(ServiceFailure) -> ProfilePlan? {
    if file.profiles[profile] == nil, !isRequired { return nil }
    var roles: [RoleSettings] = []
    var seen: Set<String> = []
    var name = profile
    while true {
      let settings = try settings(of: name, in: file)
      guard let arn = settings["role_arn"], seen.insert(name).inserted else {
        let isAsked = isRequired || !roles.isEmpty
        guard let base = try ownBase(settings, profile: name, isRequired: isAsked) else { return nil }
        return ProfilePlan(base: base, roles: roles.reversed())
      }
      let role = try role(arn, settings, profile: name)
      if let tokenFile = settings["web_identity_token_file"] {
        return ProfilePlan(base: .webIdentity(role, tokenFile: tokenFile), roles: roles.reversed())
      }
      roles.append(role)
      if let base = try namedBase(settings, profile: name) { return ProfilePlan(base: base, roles: roles.reversed()) }
      guard let source = settings["source_profile"] else {
        throw failure(name, "has a role_arn but no source_profile, credential_source or web_identity_token_file")
      }
      name = source
    }
  }

  private static func settings(of name: String, in file: ProfileFile) throws(ServiceFailure) -> ProfileSettings {
    guard let settings = file.profiles[name] else { throw failure(name, "is in neither of the AWS files") }
    return settings
  }

  /// What `credential_source` names; nil where it is not set.
  private static func namedBase(_ settings: ProfileSettings, profile: String) throws(ServiceFailure) -> Base? {
    guard let source = settings["credential_source"] else { return nil }
    guard settings["source_profile"] == nil else {
      throw failure(profile, "has both source_profile and credential_source; keep one")
    }
    switch source {
    case "Environment": return .environment
    case "EcsContainer": return .container
    case "Ec2InstanceMetadata": return .instance
    default:
      throw failure(profile, "has a credential_source that is not Environment, EcsContainer or Ec2InstanceMetadata")
    }
  }

  /// The profile's own keys, else its process.
  private static func ownBase(
    _ settings: ProfileSettings, profile: String, isRequired: Bool
  ) throws(ServiceFailure) -> Base? {
    let key = settings["aws_access_key_id"]
    let secret = settings["aws_secret_access_key"]
    if let key, let secret, !key.isEmpty, !secret.isEmpty {
      return .keys(
        AWSCredentials(
          accessKeyID: key, secretAccessKey: secret, sessionToken: settings["aws_session_token"], expiration: nil))
    }
    if key != nil || secret != nil { throw failure(profile, "lacks aws_access_key_id or aws_secret_access_key") }
    if let command = settings["credential_process"] { return .process(command) }
    if let setting = settings.names.first(where: { $0.hasPrefix("sso_") || $0 == "login_session" }) {
      throw failure(
        profile,
        "signs in through a browser (\(setting)), which no daemon can; give it an access key, a role_arn with a"
          + " source_profile, or a credential_process such as that of IAM Roles Anywhere")
    }
    if isRequired { throw failure(profile, "has neither an access key nor a credential_process nor a role_arn") }
    return nil
  }

  private static func role(
    _ arn: String, _ settings: ProfileSettings, profile: String
  ) throws(ServiceFailure) -> RoleSettings {
    if settings["mfa_serial"] != nil {
      throw failure(profile, "asks a person for a code (mfa_serial), which no daemon can")
    }
    let seconds: Int64
    switch settings["duration_seconds"] {
    case nil: seconds = 3600
    case let text?:
      guard let number = Int64(text), 900...43_200 ~= number else {
        throw failure(profile, "has a duration_seconds that is no number from 900 to 43200")
      }
      seconds = number
    }
    return RoleSettings(
      arn: arn, externalID: settings["external_id"],
      sessionName: RoleSettings.sessionName(from: settings["role_session_name"] ?? "s3loggerd"),
      duration: .seconds(seconds))
  }

  private static func failure(_ profile: String, _ what: String) -> ServiceFailure {
    .credentials("profile", "the AWS profile \(EscapedText.escape(profile)) \(what)")
  }
}
