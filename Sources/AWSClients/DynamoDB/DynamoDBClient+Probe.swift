package import AWSSigning
package import DeliveryModel
package import HTTPTransport

extension DynamoDBClient {
  /// A write that cannot happen: its condition wants an item that is not there. Whether it is refused by the condition or
  /// for want of a permission tells whether `dynamodb:PutItem` is allowed, and nothing is left behind.
  package mutating func probe(credentials: AWSCredentials, at moment: Timestamp) -> HTTPRequest {
    var bytes = Array("{\"TableName\":".utf8)
    JSONText.append(table, to: &bytes)
    bytes.append(contentsOf: ",\"ConditionExpression\":\"attribute_exists(object_key)\",\"Item\":".utf8)
    var item = ItemWriter(after: bytes)
    item.string("object_key", "s3loggerd-check")
    item.string("delivery_id", "check")
    return request(item.finish(), credentials: credentials, at: moment)
  }

  /// Success means that the write would have been allowed.
  package func judgeProbe(
    _ result: Result<HTTPResponse, TransportError>, signedAt: Timestamp, now: Timestamp
  ) -> Result<Void, ServiceFailure> {
    let call = ServiceCall(.putItem, on: table)
    switch result {
    case .failure(let error): return .failure(FailureClassifier.classify(call, error: error))
    case .success(let response):
      if ServiceErrorBody(of: response).code == "ConditionalCheckFailedException" { return .success(()) }
      if response.status == 200 { return .success(()) }
      return .failure(FailureClassifier.classify(call, response: response, signedAt: signedAt, now: now))
    }
  }
}
