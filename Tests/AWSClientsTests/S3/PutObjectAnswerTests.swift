import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("Answers to PutObject")
struct PutObjectAnswerTests {
  private func judge(
    _ response: HTTPResponse, writeOnce: Bool = false, attemptedBefore: Bool = false
  ) -> Result<ObjectReceipt, ServiceFailure> {
    var client = sampleS3(options: ObjectOptions(writeOnce: writeOnce))
    return client.judgePutObject(
      .success(response), upload: sampleUpload(), attemptedBefore: attemptedBefore, signedAt: signedAt,
      now: signedAt + .seconds(1))
  }

  @Test("200 with an ETag and an equal checksum is success, with the version where it is given")
  func success() {
    let full = answer(
      200, ["etag": "\"5d41\"", "x-amz-version-id": "v1", "x-amz-checksum-sha256": helloBase64], " \n")
    #expect(judge(full).success == ObjectReceipt(etag: "5d41", versionID: "v1"))
    #expect(
      judge(
        answer(200, ["etag": "W/\"5d41\"", "x-amz-version-id": "null", "x-amz-checksum-sha256": helloBase64])
      ).success == ObjectReceipt(etag: "5d41"), "a weak ETag is its value")
  }

  @Test("200 with another checksum is an integrity failure that looks at the file again")
  func checksum() {
    let failure = judge(answer(200, ["etag": "\"e\"", "x-amz-checksum-sha256": "AAAA"])).failure
    #expect(failure?.failureClass == .rehash)
    #expect(failure?.code == "integrity")
  }

  @Test(
    "what is not what success looks like is not believed",
    arguments: [
      answer(200, ["etag": "\"e\""]), answer(201, ["etag": "\"e\"", "x-amz-checksum-sha256": helloBase64]),
      answer(204, ["etag": "\"e\"", "x-amz-checksum-sha256": helloBase64]), answer(200), answer(200, ["etag": ""]),
      answer(200, ["etag": "\"a b\""]),
      answer(200, ["etag": "\"e\""], "<html>Please log in</html>"), answer(200, ["etag": "\"e\""], "<Error><Co"),
    ])
  func notSuccess(_ response: HTTPResponse) {
    #expect(judge(response).failure?.failureClass == .unproven)
  }

  @Test("200 with an error that passes in its body is retried")
  func errorThatPasses() {
    let response = answer(200, ["etag": "\"e\""], "<Error><Code>InternalError</Code></Error>")
    #expect(judge(response).failure?.failureClass == .retry)
  }

  @Test("200 with a refusal in its body is a refusal")
  func errorInSuccess() {
    let failure = judge(answer(200, ["etag": "\"e\""], "<Error><Code>AccessDenied</Code></Error>")).failure
    #expect(failure?.failureClass == .refused)
  }

  @Test("412 is success only with write_once and after an earlier attempt")
  func precondition() {
    let response = refusal(412, "PreconditionFailed")
    let ours = judge(response, writeOnce: true, attemptedBefore: true)
    #expect(ours.success == ObjectReceipt(etag: "", alreadyThere: true))
    let another = judge(response, writeOnce: true, attemptedBefore: false).failure
    #expect(another?.failureClass == .item && another?.code == "key-conflict")
    for attemptedBefore in [false, true] {
      let failure = judge(response, writeOnce: false, attemptedBefore: attemptedBefore).failure
      #expect(failure?.failureClass == .refused, "no condition was sent, so none can have failed")
    }
  }

  @Test(
    "a 412 that is not certainly S3's own is neither success nor a conflict",
    arguments: [
      answer(412), answer(412, ["x-amz-request-id": "R"], "<html>Precondition Failed</html>"),
      answer(412, [:], "<Error><Code>PreconditionFailed</Code></Error>"), refusal(412, "SomethingElse"),
    ])
  func foreignPrecondition(_ response: HTTPResponse) {
    let failure = judge(response, writeOnce: true, attemptedBefore: true).failure
    #expect(failure?.failureClass == .refused)
    #expect(failure?.code != "key-conflict")
  }

  @Test("412 is success with write_once where libcurl sent the request again by itself")
  func preconditionAfterRepetition() {
    var response = refusal(412, "PreconditionFailed")
    response.wasSentAgain = true
    #expect(judge(response, writeOnce: true, attemptedBefore: false).success?.alreadyThere == true)
    #expect(judge(response, writeOnce: false, attemptedBefore: false).failure?.failureClass == .refused)
  }

  @Test("no answer is a transport failure of S3")
  func transport() {
    let error = TransportError(kind: .timeout, message: "30 s without a byte")
    var client = sampleS3()
    let result = client.judgePutObject(
      .failure(error), upload: sampleUpload(), attemptedBefore: false, signedAt: signedAt, now: signedAt)
    #expect(result.failure?.code == "transport-timeout")
    #expect(result.failure?.lane == .s3)
  }
}
