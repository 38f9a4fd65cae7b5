package import AWSSigning
package import DeliveryModel
package import HTTPTransport

extension DynamoDBClient {
  /// A write that its own condition forbids, as ``askForRecord(objectKey:deliveryID:credentials:at:)`` asks. Whether it is refused by the condition or
  /// for want of a permission tells whether `dynamodb:PutItem` is allowed, and nothing is left behind.
  ///
  /// `objectKey` is the partition key, which a policy may be about (`dynamodb:LeadingKeys`); of a refused file's record
  /// where `isRefused`.
  package mutating func probe(
    objectKey: String, isRefused: Bool, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    forbidden(
      objectKey: (isRefused ? StoredRecord.refusedPrefix : "") + objectKey, deliveryID: "check",
      credentials: credentials, at: moment)
  }

  /// Success means that the write would have been allowed, by DynamoDB's own word.
  package func judgeProbe(
    _ result: Result<HTTPResponse, TransportError>, signedAt: Timestamp, now: Timestamp
  ) -> Result<Void, ServiceFailure> {
    let call = ServiceCall(.putItem, on: table)
    let response: HTTPResponse
    switch result {
    case .failure(let error): return .failure(FailureClassifier.classify(call, error: error))
    case .success(let answer): response = answer
    }
    if !isIntact(response) { return .failure(damaged(response, "its checksum differs")) }
    if response.status == 200 { return .failure(written(response)) }
    let failure = FailureClassifier.classify(call, response: response, signedAt: signedAt, now: now)
    guard failure.code == "ConditionalCheckFailedException" else { return .failure(failure) }
    return ServiceMark.isOn(failure) ? .success(()) : .failure(damaged(response, "it has no request id"))
  }

  /// Success where there can be none: a portal's page, or a service that ignores conditions.
  private func written(_ response: HTTPResponse) -> ServiceFailure {
    guard ServiceMark.isOn(response), case .object? = JSONValue(parsing: response.body) else {
      return damaged(response, "it is success, which the condition forbids")
    }
    var failure = damaged(response, "")
    failure.failureClass = .blocked
    failure.code = "condition-ignored"
    failure.message =
      "DynamoDB answered a write that its own condition forbids with success: this service ignores conditions, so that"
      + " records could be overwritten. Remove the item with the delivery_id \"check\" from the table"
    failure.ids.request = failure.ids.request ?? "none"
    return failure
  }
}
