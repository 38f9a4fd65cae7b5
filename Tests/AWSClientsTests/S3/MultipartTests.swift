import DeliveryModel
import Testing

@testable import AWSClients
@testable import HTTPTransport

@Suite("Multipart uploads")
struct MultipartTests {
  private let progress = MultipartProgress(
    uploadID: "u+1/=", partSize: 5,
    parts: [2: UploadedPart(etag: "b<&", sha256: helloDigest), 1: UploadedPart(etag: "a", sha256: helloDigest)])

  @Test("the creating request describes the object and asks for SHA-256 of the parts")
  func create() {
    var client = sampleS3()
    let request = client.createMultipartUpload(sampleUpload(), credentials: sampleCredentials, at: signedAt)
    #expect(request.method == .post)
    #expect(request.url == "https://files.s3.eu-south-1.amazonaws.com/k?uploads=")
    #expect(request.header("x-amz-checksum-algorithm") == "SHA256")
    #expect(request.header("x-amz-meta-sha256") == nil)
    let signature = "Signature=585020e38456a760c70c6e1c1861d753e8c45bffa4b5d7bc4eb2a8c028c7fccb"
    #expect(request.header("authorization")?.hasSuffix(signature) == true)
  }

  @Test("a part carries its number, the upload's id and its own checksum")
  func part() {
    var client = sampleS3(options: ObjectOptions(writeOnce: true, expectedBucketOwner: "123456789012"))
    let request = client.uploadPart(
      2, of: "u+1/=", key: "k", sha256: helloDigest, body: .none, credentials: sampleCredentials, at: signedAt)
    #expect(request.url == "https://files.s3.eu-south-1.amazonaws.com/k?partNumber=2&uploadId=u%2B1%2F%3D")
    #expect(request.header("x-amz-checksum-sha256") == helloBase64)
    #expect(request.header("if-none-match") == nil)
    let signature = "Signature=4d61662a46af313d9ad9321dae73a57846fdfaa7f99ea35a1ab144df14b25558"
    #expect(request.header("authorization")?.hasSuffix(signature) == true)
  }

  @Test("the completing request lists the parts in order, with the whole size")
  func complete() {
    var client = sampleS3(options: ObjectOptions(writeOnce: true))
    let request = client.completeMultipartUpload(
      sampleUpload(), progress: progress, credentials: sampleCredentials, at: signedAt)
    #expect(request.url == "https://files.s3.eu-south-1.amazonaws.com/k?uploadId=u%2B1%2F%3D")
    #expect(request.header("x-amz-mp-object-size") == "5")
    #expect(request.header("if-none-match") == "*")
    #expect(
      request.text == "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        + "<Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag><ChecksumSHA256>\(helloBase64)</ChecksumSHA256></Part>"
        + "<Part><PartNumber>2</PartNumber><ETag>&quot;b&lt;&amp;&quot;</ETag><ChecksumSHA256>\(helloBase64)"
        + "</ChecksumSHA256></Part></CompleteMultipartUpload>")
  }

  @Test("the answer to the creating request gives the upload's id, or is retried")
  func judgeCreate() {
    let judge = { (body: String) in
      sampleS3().judgeCreateMultipartUpload(.success(answer(200, [:], body)), signedAt: signedAt, now: signedAt)
    }
    let body = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
    #expect(judge(body).success == "u1")
    #expect(judge("<InitiateMultipartUpload><UploadId>u1</UploadId></InitiateMultipartUpload>").success == "u1")
    for bad in [
      "", String(body.dropLast()), "<InitiateMultipartUploadResult/>", "<a><b><UploadId>u1</UploadId></b></a>",
      "<Error><UploadId>u1</UploadId></Error>",
    ] {
      #expect(judge(bad).failure?.failureClass == .unproven)
    }
  }

  @Test("a part is acknowledged by its ETag and an equal checksum")
  func judgePart() {
    let judge = { (headers: [String: String]) in
      var client = sampleS3()
      return client.judgeUploadPart(
        .success(answer(200, headers)), sha256: helloDigest, signedAt: signedAt, now: signedAt)
    }
    #expect(
      judge(["etag": "\"e\"", "x-amz-checksum-sha256": helloBase64]).success
        == UploadedPart(etag: "e", sha256: helloDigest))
    #expect(judge(["etag": "\"e\"", "x-amz-checksum-sha256": "x"]).failure?.failureClass == .rehash)
    #expect(judge([:]).failure?.failureClass == .unproven)
  }

  private func judgeComplete(
    _ response: HTTPResponse, attemptedBefore: Bool = false
  ) -> Result<ObjectReceipt, ServiceFailure> {
    var client = sampleS3(options: ObjectOptions(writeOnce: true))
    return client.judgeCompleteMultipartUpload(
      .success(response), upload: sampleUpload(), progress: progress, attemptedBefore: attemptedBefore,
      signedAt: signedAt, now: signedAt)
  }

  private func completion(_ checksum: String?) -> String {
    let element = checksum.map { "<ChecksumSHA256>\($0)</ChecksumSHA256>" } ?? ""
    return "  \n<CompleteMultipartUploadResult><ETag>&quot;e-2&quot;</ETag>\(element)</CompleteMultipartUploadResult>"
  }

  @Test("the whole is acknowledged by the body, with the digest of the parts' digests")
  func judgeComplete() {
    let receipt = ObjectReceipt(etag: "e-2", versionID: "v")
    let headers = ["x-amz-version-id": "v"]
    #expect(judgeComplete(answer(200, headers, completion(nil))).failure?.failureClass == .unproven)
    let composite = "HSXBmho/tlx40BhWEFc2KRbBS/02t1qoyw9NaWKTsYM=-2"
    #expect(judgeComplete(answer(200, headers, completion(composite))).success == receipt)
    #expect(judgeComplete(answer(200, headers, completion("AAAA-2"))).failure?.failureClass == .rehash)
  }

  @Test("a secret of the request that is written in character references is no ETag")
  func hiddenSecret() {
    let token = "FwoGZXIvYXdzEXAMPLETOKEN"
    let hidden = token.utf8.map { "&#\($0);" }.joined()
    let checksum = "HSXBmho/tlx40BhWEFc2KRbBS/02t1qoyw9NaWKTsYM=-2"
    let body = "<x><ETag>\(hidden)</ETag><ChecksumSHA256>\(checksum)</ChecksumSHA256></x>"
    var response = answer(200, [:], body)
    #expect(judgeComplete(response).success?.etag == token)
    response.secrets = AnswerSecrets(SecretScrubber([token]))
    #expect(judgeComplete(response).failure?.failureClass == .unproven)
  }

  @Test(
    "200 with an error, or with no readable body, is not success",
    arguments: [
      ("<Error><Code>InternalError</Code></Error>", FailureClass.retry),
      ("<Error><Code>SlowDown</Code></Error>", .throttle), ("<Error><Code>AccessDenied</Code></Error>", .refused),
      ("<Error><Code>NewCode</Code></Error>", .unproven), ("", .unproven), ("<html></html>", .unproven),
      ("<CompleteMultipartUploadResult><ETag>", .unproven), ("<CompleteMultipartUploadResult/>", .unproven),
    ])
  func errorInSuccess(_ body: String, _ expected: FailureClass) {
    #expect(judgeComplete(answer(200, [:], body)).failure?.failureClass == expected)
  }

  @Test("412 to the completing request is success after an earlier attempt; a conflict restarts the upload")
  func conditions() {
    let exists = refusal(412, "PreconditionFailed")
    #expect(judgeComplete(exists, attemptedBefore: true).success?.alreadyThere == true)
    #expect(judgeComplete(exists).failure?.code == "key-conflict")
    #expect(judgeComplete(refusal(409, "ConditionalRequestConflict")).failure?.failureClass == .restartUpload)
    #expect(judgeComplete(refusal(409, "OperationAborted")).failure?.failureClass == .retry)
    #expect(judgeComplete(refusal(409, "NewCode")).failure?.failureClass == .retry)
  }

  @Test("an upload that is gone counts as ended")
  func abort() {
    var client = sampleS3()
    let request = client.abortMultipartUpload("u", key: "k", credentials: sampleCredentials, at: signedAt)
    #expect(request.method == .delete)
    #expect(request.url == "https://files.s3.eu-south-1.amazonaws.com/k?uploadId=u")
    let judge = { (response: HTTPResponse) in
      client.judgeAbortMultipartUpload(.success(response), signedAt: signedAt, now: signedAt).failure?.missingAction
    }
    #expect(judge(answer(204)) == nil)
    #expect(judge(answer(404, [:], "<Error><Code>NoSuchUpload</Code></Error>")) == nil)
    #expect(judge(answer(403, [:], "<Error><Code>AccessDenied</Code></Error>")) == "s3:AbortMultipartUpload")
  }
}
