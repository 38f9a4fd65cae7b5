import AWSSigning
package import DeliveryModel
package import HTTPTransport

/// DynamoDB's acknowledgement of a record.
package enum RecordReceipt: Sendable, Equatable {
  case written
  /// This one is there under the same key, of the same content: an earlier attempt wrote it, or it is another arrival's.
  case found(StoredRecord)
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
      if let doubt = doubt(about: response) { return .failure(damaged(response, doubt)) }
      return .success(.written)
    }
    let body = ServiceErrorBody(of: response)
    if body.code == "ConditionalCheckFailedException" {
      return judge(StoredRecord(item: body.item ?? .null), isShown: body.item != nil, record, response, body)
    }
    return .failure(FailureClassifier.classify(call, response: response, signedAt: signedAt, now: now))
  }

  /// Why a 200 is not certainly DynamoDB's; nil where it is. A portal, a proxy or a test server answers 200 with JSON too.
  ///
  /// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#API_PutItem_ResponseSyntax
  func doubt(about response: HTTPResponse) -> String? {
    if response.body != Self.emptyObject {
      guard case .object(let members)? = JSONValue(parsing: response.body) else { return "no JSON object" }
      guard members.allSatisfy({ Self.answerMembers.contains($0.name) }) else { return "not what PutItem answers" }
    }
    if RequestIDs(of: response).request != nil || response.hasMatchingChecksum == true { return nil }
    return "neither a request id nor a checksum"
  }

  /// All that an answer to PutItem may have.
  private static let answerMembers = ["Attributes", "ConsumedCapacity", "ItemCollectionMetrics"]

  /// A failed condition proves a record only by the record itself: it must be that of this delivery, with this content.
  private func judge(
    _ item: StoredRecord, isShown: Bool, _ record: DeliveryRecord, _ response: HTTPResponse, _ body: ServiceErrorBody
  ) -> Result<RecordReceipt, ServiceFailure> {
    guard body.isOfService else { return .failure(damaged(response, "neither a request id nor a checksum")) }
    let isOfKey = item.isAt(objectKey: record.objectKey, deliveryID: record.deliveryID)
    guard isShown, isOfKey, item.isWhole else {
      let what =
        isOfKey
        ? "shows a part of it, which does not say whose it is"
        : isShown ? "shows that of another key" : "does not show it, so that nobody knows whose it is"
      return .failure(
        ServiceFailure(
          lane: .dynamodb, failureClass: .isolated, code: "record-not-shown",
          message: """
            DynamoDB says that a record is there already and \(what): does a policy forbid dynamodb:ReturnValues, or is the \
            server none of AWS's?
            """, status: response.status, ids: body.ids))
    }
    if item.agrees(sha256: record.sha256, size: record.size) { return .success(.found(item)) }
    return .failure(
      ServiceFailure(
        lane: .dynamodb, failureClass: .item, code: "record-conflict",
        message: "DynamoDB already holds another record under this object key and delivery id; nothing was changed",
        status: response.status, ids: body.ids))
  }

  static let emptyObject = Array("{}".utf8)

  /// Whether the body is the one that DynamoDB sent; true where it sent no checksum.
  func isIntact(_ response: HTTPResponse) -> Bool { response.hasMatchingChecksum ?? true }

  func damaged(
    _ response: HTTPResponse, _ what: String, operation: ServiceOperation = .putItem
  ) -> ServiceFailure {
    ServiceFailure(
      lane: .dynamodb, failureClass: .retry, code: "unparsable-answer",
      message: "DynamoDB's answer to \(operation.rawValue) cannot be trusted (\(what))", status: response.status,
      ids: RequestIDs(of: response))
  }
}

extension StoredRecord {
  /// Whether it has this key.
  func isAt(objectKey: String, deliveryID: String) -> Bool {
    // As bytes: a name in another Unicode form is another name.
    self["object_key"].utf8.elementsEqual(objectKey.utf8) && self["delivery_id"] == deliveryID
  }

  /// Whether it may say of which content it is: every record has a size, whatever its version.
  var isWhole: Bool { attributes["size"] != nil }

  /// Whether it tells of this content; nil for one that was not read.
  package func agrees(sha256: SHA256Digest?, size: Int64) -> Bool {
    self["sha256"] == sha256?.hex ?? "" && self.size == size
  }
}
