import AWSSigning
import DeliveryModel

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary ones, `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialSource {
  let environment: [String: String]

  var name: String { "the environment (AWS_ACCESS_KEY_ID)" }
  var isCopy: Bool { true }

  func look() throws(ServiceFailure) -> SourceAnswer {
    let key = environment.filled("AWS_ACCESS_KEY_ID")
    let secret = environment.filled("AWS_SECRET_ACCESS_KEY")
    guard key != nil || secret != nil else { return .absent("not set") }
    guard let key, let secret else {
      let missing = key == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"
      throw .credentials(
        "partial-credentials", "the environment has half of the AWS credentials: \(missing) is not set")
    }
    let token = environment.filled("AWS_SESSION_TOKEN")
    let values = [("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret), ("AWS_SESSION_TOKEN", token ?? "x")]
    if let fault = CredentialValue.fault(in: values) {
      throw .credentials("malformed-credentials", "in the environment \(fault)")
    }
    return .found(AWSCredentials(accessKeyID: key, secretAccessKey: secret, sessionToken: token, expiration: nil))
  }
}
