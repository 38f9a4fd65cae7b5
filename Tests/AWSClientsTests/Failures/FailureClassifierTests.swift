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
      let failure = classify(entry.operation, answer(entry.status, ["x-amz-request-id": "R"], body))
      #expect(failure.failureClass == entry.expected, "\(body)")
      #expect(failure.code == entry.code)
      #expect(failure.lane == entry.operation.lane)
      #expect(failure.status == entry.status)
    }
  }

  @Test(
    "without a code the status decides",
    arguments: [
      (200, FailureClass.unproven), (301, .refused), (400, .refused), (401, .refused), (403, .refused), (404, .refused),
      (407, .blocked), (408, .retry), (409, .retry), (411, .refused), (412, .refused), (413, .refused), (414, .refused),
      (431, .refused), (429, .throttle), (500, .retry),
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
      (.unreadableBody, .unreadable), (.bodyStalled, .unreadable), (.other, .retry),
    ])
  func transport(_ kind: TransportError.Kind, _ expected: FailureClass) {
    let failure = FailureClassifier.classify(
      ServiceCall(.putItem, on: "t"), error: TransportError(kind: kind, message: "detail \u{1b}[2J"))
    #expect(failure.failureClass == expected)
    let own: [TransportError.Kind: String] = [.unreadableBody: "read-error", .bodyStalled: "body-stalled"]
    #expect(failure.code == own[kind] ?? "transport-" + kind.rawValue)
    #expect(failure.message.contains("detail \\x1b[2J"))
  }

  @Test("validation errors about sizes follow the item, all others are the table's")
  func validation() {
    let message = "Item size has exceeded the maximum allowed size"
    let id = ["x-amzn-requestid": "R"]
    #expect(classify(.putItem, answer(400, id, bodies("ValidationException", message)[3])).failureClass == .item)
    let schema = "One or more parameter values were invalid: Missing the key id in the item"
    for other in [schema, "Rate exceeded for the account", "size exceeded"] {
      #expect(classify(.putItem, answer(400, id, bodies("ValidationException", other)[3])).failureClass == .refused)
    }
  }

  @Test(
    "what a proxy says is never a file's fault, in whatever words", arguments: ["KeyTooLongError", "MetadataTooLarge"])
  func proxies(_ code: String) {
    for body in bodies(code) where !body.contains("RequestId") {
      #expect(classify(.putObject, answer(400, [:], body)).failureClass == .refused)
    }
    #expect(classify(.putObject, answer(400, ["x-amz-request-id": "R"], code)).failureClass == .refused)
    #expect(classify(.putObject, refusal(400, code)).failureClass == .item)
  }

  @Test("a file is too large only where S3 names a limit that it exceeds")
  func size() {
    let call = ServiceCall(.putObject, on: "thing", size: 100)
    func judge(_ detail: String) -> FailureClass {
      FailureClassifier.classify(
        call, response: refusal(400, "EntityTooLarge", detail), signedAt: signedAt, now: signedAt
      ).failureClass
    }
    #expect(judge("<ProposedSize>100</ProposedSize><MaxSizeAllowed>99</MaxSizeAllowed>") == .item)
    #expect(judge("<MaxSizeAllowed>100</MaxSizeAllowed>") == .refused)
    #expect(judge("") == .refused)
  }

  @Test(
    "a refused header names what to change",
    arguments: [
      ("InvalidArgument", "<ArgumentName>x-amz-storage-class</ArgumentName>", "change storage_class in [upload]"),
      (
        "InvalidArgument", "<Message>Unsupported header 'x-amz-checksum-sha256' received</Message>", "SHA-256 checksums"
      ),
      ("InvalidStorageClass", "", "change storage_class in [upload]"), ("InvalidTag", "", "tags of the folder"),
    ])
  func remedies(_ code: String, _ detail: String, _ words: String) {
    let failure = classify(.putObject, refusal(400, code, detail))
    #expect(failure.failureClass == .refused)
    #expect(failure.message.contains(words))
  }

  @Test("an answer without a word of the service says so, and what in between may have such a limit")
  func strangers() {
    let failure = classify(.putObject, answer(413, [:], "<html><h1>413 Request Entity Too Large</h1></html>"))
    #expect(
      failure.message
        == "PutObject on thing was answered with HTTP 413 without a word of S3 itself; it takes no body of this size: a "
        + "proxy in between may have a limit (nginx: client_max_body_size)")
  }

  @Test("both ids of a request are kept")
  func ids() {
    #expect(classify(.putObject, refusal(403, "AccessDenied")).ids == RequestIDs(request: "R1", host: "H1"))
    let body = "<Error><Code>AccessDenied</Code><RequestId>R2</RequestId><HostId>H2</HostId></Error>"
    #expect(classify(.putObject, answer(403, [:], body)).ids == RequestIDs(request: "R2", host: "H2"))
  }
}
