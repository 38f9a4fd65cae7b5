import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("Classified failures")
struct FailureClassifierTests {
  /// Every form of a body: the services and their look-alikes mix them.
  private func bodies(_ code: String, _ detail: String = "m") -> [String] {
    [
      "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>\(detail)</Message></Error>",
      "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>\(code)</Code><Message>\(detail)</Message></Error>"
        + "<RequestId>r</RequestId></ErrorResponse>",
      "<ErrorResponse><Errors><Error><Code>\(code)</Code><Message>\(detail)</Message></Error></Errors></ErrorResponse>",
      "{\"__type\":\"com.amazonaws.dynamodb.v20120810#\(code)\",\"message\":\"\(detail)\"}",
    ]
  }

  private func classify(
    _ operation: ServiceOperation, _ response: HTTPResponse, now: Timestamp = signedAt
  ) -> ServiceFailure {
    FailureClassifier.classify(
      ServiceCall(operation, on: "thing"), response: response, signedAt: signedAt, now: now)
  }

  @Test("each code means what the decision table says, in XML and JSON", arguments: DecisionTable.all)
  func table(_ entry: DecisionTable.Case) {
    for body in bodies(entry.code) {
      let failure = classify(entry.operation, answer(entry.status, [:], body))
      #expect(failure.failureClass == entry.expected, "\(body)")
      #expect(failure.code == entry.code)
      #expect(failure.lane == entry.operation.lane)
      #expect(failure.status == entry.status)
    }
  }

  @Test(
    "without a code the status decides",
    arguments: [
      (200, FailureClass.retry), (301, .blocked), (400, .blocked), (401, .blocked), (403, .blocked), (404, .blocked),
      (407, .blocked), (408, .retry), (409, .retry), (412, .item), (413, .item), (429, .throttle), (500, .retry),
      (502, .retry), (503, .retry), (504, .retry), (509, .throttle),
    ])
  func statuses(_ status: Int, _ expected: FailureClass) {
    for body in ["", "<html><body>proxy</body></html>", "<Error><Code", "{\"__type\"", "{}"] {
      let failure = classify(.putObject, answer(status, [:], body))
      #expect(failure.failureClass == expected)
      #expect(failure.code == "http-\(status)")
      #expect(failure.missingAction == nil)
    }
  }

  @Test(
    "without an answer the kind of the error decides",
    arguments: [
      (TransportError.Kind.resolve, FailureClass.retry), (.connect, .retry), (.tls, .blocked), (.timeout, .retry),
      (.closed, .retry), (.cancelled, .retry), (.responseTooLarge, .retry), (.shortBody, .rehash),
      (.unreadableBody, .unreadable), (.other, .retry),
    ])
  func transport(_ kind: TransportError.Kind, _ expected: FailureClass) {
    let failure = FailureClassifier.classify(
      ServiceCall(.putItem, on: "t"), error: TransportError(kind: kind, message: "detail \u{1b}[2J"))
    #expect(failure.failureClass == expected)
    #expect(failure.code == (kind == .unreadableBody ? "read-error" : "transport-" + kind.rawValue))
    #expect(failure.message.contains("detail \\x1b[2J"))
  }

  @Test("validation errors about sizes follow the item, all others are the table's")
  func validation() {
    let message = "Item size has exceeded the maximum allowed size"
    #expect(classify(.putItem, answer(400, [:], bodies("ValidationException", message)[2])).failureClass == .item)
    let schema = "One or more parameter values were invalid: Missing the key id in the item"
    #expect(classify(.putItem, answer(400, [:], bodies("ValidationException", schema)[2])).failureClass == .blocked)
  }

  @Test("a wrong argument that the configuration set blocks")
  func argument() {
    let body = "<Error><Code>InvalidArgument</Code><ArgumentName>x-amz-storage-class</ArgumentName></Error>"
    #expect(classify(.putObject, answer(400, [:], body)).failureClass == .blocked)
  }
}
