import AWSSigning
import DeliveryModel

/// A role assumed with a token that somebody else keeps fresh in a file: `AWS_WEB_IDENTITY_TOKEN_FILE` and
/// `AWS_ROLE_ARN`.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
struct WebIdentityCredentials: CredentialSource {
  let environment: [String: String]
  let sts: STSClient

  var name: String { "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)" }

  func look() async throws(ServiceFailure) -> SourceAnswer {
    guard let file = environment.filled("AWS_WEB_IDENTITY_TOKEN_FILE") else { return .absent("not set") }
    guard let arn = environment.filled("AWS_ROLE_ARN") else {
      throw .credentials("web-identity", "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not")
    }
    let session = RoleSettings.sessionName(from: environment.filled("AWS_ROLE_SESSION_NAME") ?? "s3loggerd")
    let role = RoleSettings(arn: arn, sessionName: session)
    return .found(try await Self.assume(role, tokenFile: file, sts: sts))
  }

  /// Reads the token anew each time: it lives an hour or less.
  static func assume(
    _ role: RoleSettings, tokenFile: String, sts: STSClient
  ) async throws(ServiceFailure) -> AWSCredentials {
    let token = try CredentialFiles.line(of: tokenFile, what: "the web identity token file", limit: 20_000)
    return try await sts.assumeRole(role, webIdentityToken: token)
  }
}

extension [String: String] {
  /// A variable that is set to something.
  func filled(_ name: String) -> String? {
    self[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
