import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("Answers to PutObject")
struct PutObjectAnswerTests {
  private func judge(
    _ response: HTTPResponse, writeOnce: Bool = false, attemptedBefore: Bool = false
  ) -> Result<ObjectReceipt, ServiceFailure> {
    sampleS3(options: ObjectOptions(writeOnce: writeOnce)).judgePutObject(
      .success(response), upload: sampleUpload(), attemptedBefore: attemptedBefore, signedAt: signedAt,
      now: signedAt + .seconds(1))
  }

  @Test("200 with an ETag is success, with the version and an equal checksum where they are told")
  func success() {
    let full = answer(
      200, ["etag": "\"5d41\"", "x-amz-version-id": "v1", "x-amz-checksum-sha256": helloBase64], " \n")
    #expect(judge(full).success == ObjectReceipt(etag: "5d41", versionID: "v1"))
    #expect(
      judge(answer(200, ["etag": "\"5d41\"", "x-amz-version-id": "null"])).success == ObjectReceipt(etag: "5d41"))
  }

  @Test("200 with another checksum is an integrity failure that looks at the file again")
  func checksum() {
    let failure = judge(answer(200, ["etag": "\"e\"", "x-amz-checksum-sha256": "AAAA"])).failure
    #expect(failure?.failureClass == .rehash)
    #expect(failure?.code == "integrity")
  }

  @Test(
    "200 that is not what success looks like is retried",
    arguments: [
      answer(200), answer(200, ["etag": ""]), answer(200, ["etag": "\"a b\""]),
      answer(200, ["etag": "\"e\""], "<html>Please log in</html>"), answer(200, ["etag": "\"e\""], "<Error><Co"),
      answer(200, ["etag": "\"e\""], "<Error><Code>InternalError</Code></Error>"),
    ])
  func notSuccess(_ response: HTTPResponse) {
    #expect(judge(response).failure?.failureClass == .retry)
  }

  @Test("200 with an error of the account in its body blocks")
  func errorInSuccess() {
    let failure = judge(answer(200, ["etag": "\"e\""], "<Error><Code>AccessDenied</Code></Error>")).failure
    #expect(failure?.failureClass == .blocked)
  }

  @Test("412 is success only with write_once and after an earlier attempt")
  func precondition() {
    let response = answer(412, [:], "<Error><Code>PreconditionFailed</Code></Error>")
    let ours = judge(response, writeOnce: true, attemptedBefore: true)
    #expect(ours.success == ObjectReceipt(etag: "", alreadyThere: true))
    for (writeOnce, attemptedBefore) in [(true, false), (false, true), (false, false)] {
      let failure = judge(response, writeOnce: writeOnce, attemptedBefore: attemptedBefore).failure
      #expect(failure?.failureClass == .item)
      #expect(failure?.code == "key-conflict")
    }
  }

  @Test("412 is success with write_once where libcurl sent the request again by itself")
  func preconditionAfterRepetition() {
    var response = answer(412, [:], "<Error><Code>PreconditionFailed</Code></Error>")
    response.wasSentAgain = true
    #expect(judge(response, writeOnce: true, attemptedBefore: false).success?.alreadyThere == true)
    #expect(judge(response, writeOnce: false, attemptedBefore: false).failure?.code == "key-conflict")
  }

  @Test("no answer is a transport failure of S3")
  func transport() {
    let error = TransportError(kind: .timeout, message: "30 s without a byte")
    let result = sampleS3().judgePutObject(
      .failure(error), upload: sampleUpload(), attemptedBefore: false, signedAt: signedAt, now: signedAt)
    #expect(result.failure?.code == "transport-timeout")
    #expect(result.failure?.lane == .s3)
  }
}
