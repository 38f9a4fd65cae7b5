import AWSClients
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
