import AWSClients
import AWSConfiguration
import DaemonConfiguration

/// The statement of an IAM policy that allows one action, as an administrator would paste it.
struct PolicyStatement {
  let action: String
  let resource: String

  /// `account` is that of the credentials; `*` stands for it where it is not known.
  init(allowing action: String, of configuration: Configuration, account: String?) {
    self.action = action
    resource = Self.resource(of: action, configuration, account ?? "*")
  }

  /// In one line.
  var json: String {
    "{\"Effect\": \"Allow\", \"Action\": \"\(action)\", \"Resource\": \"\(resource)\"}"
  }

  /// What it would do about a refusal, whose words are `message`. AWS tells in them which policy lacks it, or that one
  /// denies it, but not always; S3 alone (`Access Denied`) may mean either.
  ///
  /// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
  func advice(on message: String) -> String? {
    // An allow does not undo a deny.
    if message.contains("explicit deny") { return nil }
    guard let begin = message.firstRange(of: "because no ")?.upperBound,
      let end = message[begin...].firstRange(of: " allows")?.lowerBound
    else { return "a policy denies it (the bucket's, the organisation's), or the policy lacks: \(json)" }
    let kind = message[begin..<end]
    let isTheirs = kind == "identity-based policy"
    return "the \(isTheirs ? "policy" : String(kind)) lacks: \(json)"
  }

  /// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
  private static func resource(of action: String, _ configuration: Configuration, _ account: String) -> String {
    let aws = configuration.aws
    let partition = AWSPartition(of: aws.region).name
    switch action.prefix(while: { $0 != ":" }) {
    case "s3": return "arn:\(partition):s3:::\(aws.bucket)/*"
    case "dynamodb": return "arn:\(partition):dynamodb:\(aws.region):\(account):table/\(aws.table)"
    case "kms":
      let key = configuration.upload.kmsKeyID ?? "*"
      return key.hasPrefix("arn:") ? key : "arn:\(partition):kms:\(aws.region):\(account):key/\(key)"
    case "sts": return aws.role?.arn ?? "*"
    default: return "*"
    }
  }
}
