import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("Details of failures")
struct FailureDetailTests {
  private func classify(
    _ operation: ServiceOperation, _ status: Int, _ body: String, _ headers: [String: String] = [:]
  ) -> ServiceFailure {
    FailureClassifier.classify(
      ServiceCall(operation, on: "thing"), response: answer(status, headers, body), signedAt: signedAt, now: signedAt)
  }

  private func error(_ code: String, _ rest: String = "") -> String { "<Error><Code>\(code)</Code>\(rest)</Error>" }

  @Test(
    "a refusal names the action of the call",
    arguments: [
      (ServiceOperation.putObject, "s3:PutObject"), (.createMultipartUpload, "s3:PutObject"),
      (.uploadPart, "s3:PutObject"), (.completeMultipartUpload, "s3:PutObject"), (.putItem, "dynamodb:PutItem"),
      (.assumeRole, "sts:AssumeRole"), (.abortMultipartUpload, "s3:AbortMultipartUpload"),
    ])
  func action(_ operation: ServiceOperation, _ action: String) {
    let failure = classify(operation, 403, error("AccessDenied"))
    #expect(failure.missingAction == action)
    #expect(failure.message == "\(operation.lane.displayName) refuses \(action) on thing (AccessDenied)")
  }

  @Test("a refusal names the action that the service says is missing")
  func namedAction() {
    let text = "User: arn:x is not authorized to perform: kms:GenerateDataKey on resource: arn:y"
    let failure = classify(.putObject, 403, error("AccessDenied", "<Message>\(text)</Message>"))
    #expect(failure.missingAction == "kms:GenerateDataKey")
    #expect(failure.message == "S3 refuses kms:GenerateDataKey on thing (AccessDenied): \(text)")
  }

  @Test("a redirect names the bucket's region, if it can be one")
  func region() {
    let named = classify(.putObject, 301, error("PermanentRedirect"), ["x-amz-bucket-region": "eu-west-1"])
    #expect(named.message.contains("is in region eu-west-1"))
    let body = error("AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>")
    #expect(classify(.putObject, 400, body).message.contains("is in region eu-west-3"))
    let hostile = classify(.putObject, 301, error("PermanentRedirect"), ["x-amz-bucket-region": "evil.example/x"])
    #expect(!hostile.message.contains("evil"))
  }

  @Test("hostile texts are escaped and cut, hostile codes are left out")
  func hostile() {
    let text = "\u{1b}[31m\u{202e}" + String(repeating: "e\u{301}\u{302}", count: 5000)
    let failure = classify(.putObject, 400, error("NewCode", "<Message>\(text)</Message>"))
    #expect(failure.message.unicodeScalars.count <= 500)
    #expect(failure.message.contains("\\x1b[31m\\u{202e}"))
    #expect(classify(.putObject, 400, error("a b")).code == "http-400")
    #expect(classify(.putObject, 400, error(String(repeating: "a", count: 101))).code == "http-400")
    #expect(classify(.putObject, 400, "", ["x-amz-request-id": "a\u{1b}"]).ids.request == nil)
  }

  @Test("the code of a header counts where the body has none")
  func headerCode() {
    let failure = classify(.putItem, 400, "", ["x-amzn-errortype": "ThrottlingException:http://x/"])
    #expect(failure.code == "ThrottlingException")
    #expect(failure.failureClass == .throttle)
  }

  @Test(
    "the wished wait is read in milliseconds, seconds or as a date; nonsense is left out",
    arguments: [
      (["x-amz-retry-after": "1500"], Duration.milliseconds(1500)), (["retry-after": "7"], .seconds(7)),
      (["x-amz-retry-after": "invalid", "retry-after": "3"], .seconds(3)),
      (["retry-after": "Tue, 24 Nov 2026 10:43:07 GMT"], .seconds(60)),
      (["retry-after": "999999999"], .seconds(86_400)),
    ])
  func retryAfter(_ headers: [String: String], _ expected: Duration) {
    #expect(classify(.putObject, 503, "", headers).retryAfter == expected)
  }

  @Test(
    "a wished wait that makes no sense is none",
    arguments: ["", "-1", "1.5", "9999999999999", "Tue, 24 Nov 2026 10:41:07 GMT"])
  func noRetryAfter(_ text: String) {
    #expect(classify(.putObject, 503, "", ["retry-after": text]).retryAfter == nil)
  }
}
