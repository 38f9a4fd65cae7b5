package import AWSSigning
import Cryptography
package import DeliveryModel
package import HTTPTransport

/// Builds the requests to one table and judges the answers. No I/O: the caller sends them.
///
/// It keeps the day's signing key, so hold one for the life of the configuration.
package struct DynamoDBClient: Sendable {
  package let table: String
  private let endpoint: ServiceEndpoint
  private let url: String
  private let path: String
  /// The request's text up to the item.
  private let prefix: [UInt8]
  private var signer: RequestSigner

  /// The headers of PutItem, made once.
  private static let headers = headers(of: .putItem)

  private static func headers(of operation: ServiceOperation) -> [HTTPHeader] {
    [
      HTTPHeader("content-type", "application/x-amz-json-1.0"),
      HTTPHeader("x-amz-target", "DynamoDB_20120810." + operation.rawValue),
    ]
  }

  package init(endpoint: ServiceEndpoint, region: String, table: String) {
    self.table = table
    self.endpoint = endpoint
    path = endpoint.basePath + "/"
    url = endpoint.scheme + "://" + endpoint.host + path
    prefix = Self.prefix(table: table)
    signer = RequestSigner(
      service: "dynamodb", region: region, normalizesPath: true, doubleEncodesPath: true, signsContentHash: false)
  }

  /// Writes the record unless one with the same object key and delivery id is there.
  ///
  /// The condition names one key attribute: it is evaluated on the item with the same whole key.
  /// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
  package mutating func putItem(
    _ record: DeliveryRecord, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    var item = ItemWriter(after: prefix)
    record.write(to: &item)
    return request(item.finish(), credentials: credentials, at: moment)
  }

  /// A signed PutItem with `body`.
  mutating func request(_ body: [UInt8], credentials: AWSCredentials, at moment: Timestamp) -> HTTPRequest {
    request(body, headers: Self.headers, credentials: credentials, at: moment)
  }

  /// A signed call of another operation with `body`.
  mutating func request(
    _ operation: ServiceOperation, _ body: [UInt8], credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    request(body, headers: Self.headers(of: operation), credentials: credentials, at: moment)
  }

  private mutating func request(
    _ body: [UInt8], headers operation: [HTTPHeader], credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let signable = SignableRequest(
      method: "POST", path: path, headers: [("host", endpoint.host)] + operation.map { ($0.name, $0.value) },
      payload: .digest(SHA256.digest(of: body)))
    var headers = operation
    for added in signer.sign(signable, credentials: credentials, at: moment) {
      headers.append(HTTPHeader(added.name, added.value))
    }
    // It answers in milliseconds; what takes longer than this is lost.
    return HTTPRequest(
      method: .post, url: url, headers: headers, body: .bytes(body), answerTimeout: .seconds(30))
  }

  private static func prefix(table: String) -> [UInt8] {
    var bytes = Array("{\"TableName\":".utf8)
    JSONText.append(table, to: &bytes)
    bytes.append(contentsOf: ",\"ConditionExpression\":\"attribute_not_exists(object_key)\"".utf8)
    bytes.append(contentsOf: ",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\",\"Item\":".utf8)
    return bytes
  }
}
