package import AWSSigning
package import DeliveryModel
package import HTTPTransport

/// Asking for one record with the right to write alone: a PutItem that its own condition forbids brings back the item that
/// is there, and can never write.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#DDB-PutItem-request-ReturnValuesOnConditionCheckFailure
extension DynamoDBClient {
  /// Asks for the record with this key.
  package mutating func askForRecord(
    objectKey: String, deliveryID: String, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    forbidden(objectKey: objectKey, deliveryID: deliveryID, credentials: credentials, at: moment)
  }

  /// A write of this key that its own condition forbids, whatever the table holds.
  mutating func forbidden(
    objectKey: String, deliveryID: String, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    var bytes = Array("{\"TableName\":".utf8)
    JSONText.append(table, to: &bytes)
    bytes.append(contentsOf: Self.impossible)
    var item = ItemWriter(after: bytes)
    item.string("object_key", objectKey)
    item.string("delivery_id", deliveryID)
    return request(item.finish(), credentials: credentials, at: moment)
  }

  /// The record; nil where the table has none, or does not show it.
  package func judgeRecord(
    _ result: Result<HTTPResponse, TransportError>, objectKey: String, deliveryID: String, signedAt: Timestamp,
    now: Timestamp
  ) -> Result<StoredRecord?, ServiceFailure> {
    let call = ServiceCall(.putItem, on: table)
    let response: HTTPResponse
    switch result {
    case .failure(let error): return .failure(FailureClassifier.classify(call, error: error))
    case .success(let answer): response = answer
    }
    let body = ServiceErrorBody(of: response)
    guard isIntact(response) else { return .failure(damaged(response, "its checksum differs")) }
    guard body.code == "ConditionalCheckFailedException" else {
      if response.status == 200, doubt(about: response) == nil {
        // A server that knows no conditions shows nothing: what is asked for is written anew in any case.
        return .success(nil)
      }
      if 200..<300 ~= response.status { return .failure(damaged(response, "its condition cannot hold")) }
      return .failure(FailureClassifier.classify(call, response: response, signedAt: signedAt, now: now))
    }
    guard body.isOfService else { return .failure(damaged(response, "neither a request id nor a checksum")) }
    guard let shown = body.item else { return .success(nil) }
    let record = StoredRecord(item: shown)
    guard record.isAt(objectKey: objectKey, deliveryID: deliveryID) else {
      return .failure(
        ServiceFailure(
          lane: .dynamodb, failureClass: .isolated, code: "record-not-shown",
          message: """
            DynamoDB was asked for the record of a file and shows that of another key: does a proxy answer for it, or is the \
            server none of AWS's?
            """, status: response.status, ids: body.ids))
    }
    return .success(record)
  }

  /// No item fulfils both halves: the one wants none to be there, the other compares what is there.
  private static let impossible = Array(
    """
    ,"ConditionExpression":"attribute_not_exists(object_key) AND object_key = :never",\
    "ExpressionAttributeValues":{":never":{"S":"never"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD","Item":
    """.utf8)
}
