import AWSSigning
import DeliveryModel

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary ones, `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialSource {
  let environment: [String: String]

  var name: String { "the environment (AWS_ACCESS_KEY_ID)" }

  func load() throws(ServiceFailure) -> AWSCredentials? {
    let key = value("AWS_ACCESS_KEY_ID")
    let secret = value("AWS_SECRET_ACCESS_KEY")
    guard key != nil || secret != nil else { return nil }
    guard let key, let secret else {
      let missing = key == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"
      throw .credentials(
        "partial-credentials", "the environment has half of the AWS credentials: \(missing) is not set")
    }
    return AWSCredentials(
      accessKeyID: key, secretAccessKey: secret, sessionToken: value("AWS_SESSION_TOKEN"), expiration: nil)
  }

  private func value(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
