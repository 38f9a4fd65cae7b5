import AWSSigning
import DeliveryModel
import HTTPTransport

/// What a service says about a failure. AWS answers S3 and STS in XML and DynamoDB in JSON; look-alikes mix them.
struct ServiceErrorBody: Sendable, Equatable {
  /// `AccessDenied`, without namespace or trailing detail; nil where the answer names none.
  var code: String?
  /// As it came: not escaped.
  var message: String?
  var requestID: String?
  /// S3's second id of the request.
  var hostID: String?
  /// Whether code and message stand in the body in a form of the services, with an id of the request or, at DynamoDB, a
  /// matching checksum: what a proxy, a portal or a broken gateway says has not both.
  var isOfService = false
  /// S3: the region that the bucket is in.
  var region: String?
  /// S3: the server's clock, in an answer about clock skew.
  var serverTime: String?
  /// S3: the header or parameter that is wrong.
  var argumentName: String?
  /// S3: the most bytes that it takes, in an answer that there are more.
  var sizeLimit: Int64?
  /// DynamoDB: the item that failed the condition.
  var item: JSONValue?

  /// Reads what is there; a body that is neither JSON nor XML leaves everything but the headers' values nil.
  init(of response: HTTPResponse) {
    let bytes = response.bodyAsSent ?? response.body
    switch bytes.first(where: { $0 > 0x20 }) {
    case UInt8(ascii: "{"): read(json: JSONValue(parsing: bytes))
    case nil: break
    default: read(xml: XMLAnswer(parsing: bytes))
    }
    // In the body they may be written in ways that only the reading undoes.
    for text in [\Self.code, \.message, \.requestID, \.hostID, \.region, \.serverTime, \.argumentName] {
      self[keyPath: text] = self[keyPath: text].map(response.secrets.removed)
    }
    let isNamed = code != nil
    if code == nil { code = Self.code(response.header("x-amzn-errortype")) }
    let ids = RequestIDs(of: response)
    requestID = ids.request ?? BoundedText.token(requestID, limit: 128)
    hostID = ids.host ?? BoundedText.token(hostID, limit: 256)
    isOfService = isNamed && (requestID != nil || response.hasMatchingChecksum == true)
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
    hostID = xml[prefix + "/HostId"]
    sizeLimit = xml[prefix + "/MaxSizeAllowed"].flatMap { Int64($0) }
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

extension ServiceErrorBody {
  var ids: RequestIDs { RequestIDs(request: requestID, host: hostID) }
}

extension RequestIDs {
  /// As the headers tell them: `x-amz-request-id` and `x-amz-id-2` of S3, `x-amzn-RequestId` of DynamoDB and STS.
  init(of response: HTTPResponse) {
    let request = response.header("x-amz-request-id") ?? response.header("x-amzn-requestid")
    self.init(
      request: BoundedText.token(request, limit: 128),
      host: BoundedText.token(response.header("x-amz-id-2"), limit: 256))
  }
}

extension HTTPResponse {
  /// Whether the body is the one that DynamoDB sent; nil where it sent no checksum of it.
  var hasMatchingChecksum: Bool? {
    header("x-amz-crc32").map { UInt32($0) == CRC32.checksum(of: bodyAsSent ?? body) }
  }
}
