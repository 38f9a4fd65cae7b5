import AWSSigning
package import DeliveryModel
package import HTTPTransport

/// DynamoDB's acknowledgement of a record.
package enum RecordReceipt: Sendable, Equatable {
  case written
  /// An earlier attempt had written it; its answer was lost.
  case alreadyRecorded
}

extension DynamoDBClient {
  /// Whether the record is in the table.
  package func judgePutItem(
    _ result: Result<HTTPResponse, TransportError>, record: DeliveryRecord, signedAt: Timestamp, now: Timestamp
  ) -> Result<RecordReceipt, ServiceFailure> {
    let call = ServiceCall(.putItem, on: table)
    let response: HTTPResponse
    switch result {
    case .failure(let error): return .failure(FailureClassifier.classify(call, error: error))
    case .success(let answer): response = answer
    }
    if !isIntact(response) { return .failure(damaged(response, "its checksum differs")) }
    if response.status == 200 {
      if response.body == Self.emptyObject { return .success(.written) }
      guard case .object? = JSONValue(parsing: response.body) else { return .failure(damaged(response, "no JSON")) }
      return .success(.written)
    }
    let body = ServiceErrorBody(of: response)
    if body.code == "ConditionalCheckFailedException" { return judge(existing: body.item, record, response, body) }
    return .failure(FailureClassifier.classify(call, response: response, signedAt: signedAt, now: now))
  }

  /// The record that is there is ours if it tells of the same content; where it is not shown, its key says so: the
  /// delivery's id is made of the content.
  private func judge(
    existing item: JSONValue?, _ record: DeliveryRecord, _ response: HTTPResponse, _ body: ServiceErrorBody
  ) -> Result<RecordReceipt, ServiceFailure> {
    guard let item else { return .success(.alreadyRecorded) }
    let agrees =
      item["delivery_id"]?["S"]?.text == record.deliveryID && item["sha256"]?["S"]?.text == record.sha256.hex
      && item["size"]?["N"]?.text == String(record.size)
    if agrees { return .success(.alreadyRecorded) }
    return .failure(
      ServiceFailure(
        lane: .dynamodb, failureClass: .item, code: "record-conflict",
        message: "DynamoDB already holds another record under this object key and delivery id; nothing was changed",
        status: response.status, requestID: body.requestID))
  }

  private static let emptyObject = Array("{}".utf8)

  /// Whether the body is the one that DynamoDB sent; true where it sent no checksum.
  func isIntact(_ response: HTTPResponse) -> Bool {
    guard let text = response.header("x-amz-crc32") else { return true }
    return UInt32(text) == CRC32.checksum(of: response.body)
  }

  func damaged(
    _ response: HTTPResponse, _ what: String, operation: ServiceOperation = .putItem
  ) -> ServiceFailure {
    ServiceFailure(
      lane: .dynamodb, failureClass: .retry, code: "unparsable-answer",
      message: "DynamoDB's answer to \(operation.rawValue) cannot be trusted (\(what))", status: response.status,
      requestID: BoundedText.token(response.header("x-amzn-requestid"), limit: 128))
  }
}
