package import AWSSigning
package import DeliveryModel
package import HTTPTransport

extension DynamoDBClient {
  /// Bytes: 500 records with the longest names, each character escaped.
  private static let pageLimit = 16 << 20

  /// Asks for the page of `query` after `start`.
  ///
  /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
  package mutating func page(
    of query: RecordQuery, after start: RecordPage.Position?, countOnly: Bool, credentials: AWSCredentials,
    at moment: Timestamp
  ) -> HTTPRequest {
    let body = query.body(table: table, after: start, countOnly: countOnly)
    var request = request(query.operation, body, credentials: credentials, at: moment)
    request.responseLimit = Self.pageLimit
    return request
  }

  package func judgePage(
    _ result: Result<HTTPResponse, TransportError>, of query: RecordQuery, signedAt: Timestamp, now: Timestamp
  ) -> Result<RecordPage, ServiceFailure> {
    let call = ServiceCall(query.operation, on: table)
    switch result {
    case .failure(let error): return .failure(FailureClassifier.classify(call, error: error))
    case .success(let response):
      guard isIntact(response) else {
        return .failure(damaged(response, "its checksum differs", operation: query.operation))
      }
      guard response.status == 200 else {
        return .failure(FailureClassifier.classify(call, response: response, signedAt: signedAt, now: now))
      }
      guard let page = Self.page(response.body) else {
        return .failure(damaged(response, "no page of records", operation: query.operation))
      }
      return .success(page)
    }
  }

  private static func page(_ body: [UInt8]) -> RecordPage? {
    guard let answer = JSONValue(parsing: body, limit: pageLimit), case .number(let count)? = answer["Count"],
      let count = Int(count)
    else { return nil }
    var records: [StoredRecord] = []
    if case .array(let items)? = answer["Items"] { records = items.map(StoredRecord.init) }
    return RecordPage(records: records, count: count, next: answer["LastEvaluatedKey"].map(RecordPage.Position.init))
  }
}
