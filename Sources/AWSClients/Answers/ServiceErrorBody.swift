import HTTPTransport

/// What a service says about a failure. AWS answers S3 and STS in XML and DynamoDB in JSON; look-alikes mix them.
struct ServiceErrorBody: Sendable, Equatable {
  /// `AccessDenied`, without namespace or trailing detail; nil where the answer names none.
  var code: String?
  /// As it came: not escaped.
  var message: String?
  var requestID: String?
  /// S3: the region that the bucket is in.
  var region: String?
  /// S3: the server's clock, in an answer about clock skew.
  var serverTime: String?
  /// S3: the header or parameter that is wrong.
  var argumentName: String?
  /// DynamoDB: the item that failed the condition.
  var item: JSONValue?

  /// Reads what is there; a body that is neither JSON nor XML leaves everything but the headers' values nil.
  init(of response: HTTPResponse) {
    switch response.body.first(where: { $0 > 0x20 }) {
    case UInt8(ascii: "{"): read(json: JSONValue(parsing: response.body))
    case nil: break
    default: read(xml: XMLAnswer(parsing: response.body))
    }
    if code == nil { code = Self.code(response.header("x-amzn-errortype")) }
    let id = response.header("x-amz-request-id") ?? response.header("x-amzn-requestid") ?? requestID
    requestID = BoundedText.token(id, limit: 128)
    region = response.header("x-amz-bucket-region") ?? region
  }

  private mutating func read(json: JSONValue?) {
    guard let json else { return }
    code = Self.code((json["__type"] ?? json["code"] ?? json["Code"])?.text)
    message = (json["message"] ?? json["Message"])?.text
    item = json["Item"]
  }

  private mutating func read(xml: XMLAnswer?) {
    guard let xml, let prefixes = Self.prefixes[xml.root],
      let prefix = prefixes.first(where: { xml[$0 + "/Code"] != nil }) ?? prefixes.first
    else { return }
    code = Self.code(xml[prefix + "/Code"])
    message = xml[prefix + "/Message"]
    requestID = xml[prefix + "/RequestId"] ?? xml[xml.root + "/RequestId"] ?? xml[xml.root + "/RequestID"]
    region = xml[prefix + "/Region"]
    serverTime = xml[prefix + "/ServerTime"]
    argumentName = xml[prefix + "/ArgumentName"]
  }

  /// Where code and message are, by the root element of S3, STS, moto's DynamoDB and EC2-like answers.
  private static let prefixes = [
    "Error": ["Error"], "ErrorResponse": ["ErrorResponse/Error", "ErrorResponse/Errors/Error"],
    "Response": ["Response/Errors/Error"],
  ]

  /// `com.amazonaws.dynamodb.v20120810#ThrottlingException:http://…` names `ThrottlingException`.
  private static func code(_ text: String?) -> String? {
    guard let text else { return nil }
    let local = text.split(separator: "#", omittingEmptySubsequences: false).last ?? ""
    let name = local.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
    return BoundedText.token(String(name), limit: 100)
  }
}
