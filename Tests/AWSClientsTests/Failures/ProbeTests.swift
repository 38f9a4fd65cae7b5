import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("Answers to requests that store nothing")
struct ProbeTests {
  private let marked = ["x-amz-request-id": "R"]

  private func error(_ code: String, _ message: String = "m") -> String {
    "<Error><Code>\(code)</Code><Message>\(message)</Message></Error>"
  }

  // MARK: An object of a part that was never sent

  private func judgeObject(
    _ response: HTTPResponse, at endpoint: ServiceEndpoint = ServiceEndpoint(of: .s3, region: "eu-south-1")
  ) -> Result<Void, ServiceFailure> {
    var client = sampleS3(endpoint: endpoint)
    return client.judgeCompleteWithoutPart(
      .success(response), upload: sampleUpload(), uploadID: "u", signedAt: signedAt, now: signedAt)
  }

  @Test("the request asks for a part that is not there, conditionally where objects are written once")
  func objectRequest() {
    for isOnce in [false, true] {
      var client = sampleS3(options: ObjectOptions(writeOnce: isOnce))
      let request = client.completeWithoutPart(
        sampleUpload(), uploadID: "u", credentials: sampleCredentials, at: signedAt)
      #expect(request.url.hasSuffix("/k?uploadId=u") && request.text.contains("<PartNumber>2</PartNumber>"))
      #expect(request.header("if-none-match") == (isOnce ? "*" : nil))
    }
  }

  @Test("refused for want of the part is allowed, by S3's own word alone")
  func object() {
    for code in ["InvalidPart", "InvalidPartOrder", "NoSuchUpload", "EntityTooSmall"] {
      #expect(judgeObject(answer(400, marked, error(code))).failure == nil)
      #expect(judgeObject(answer(400, [:], error(code))).failure != nil, "without S3's mark")
    }
    #expect(judgeObject(answer(412, marked, error("PreconditionFailed"))).failure == nil)
    let size = "The provided 'x-amz-mp-object-size' header does not match"
    #expect(judgeObject(answer(400, marked, error("InvalidRequest", size))).failure == nil)
    #expect(judgeObject(answer(400, marked, error("InvalidRequest"))).failure != nil)
    #expect(judgeObject(answer(403, marked, error("AccessDenied"))).failure?.code == "AccessDenied")
    #expect(judgeObject(answer(404, marked)).failure != nil && judgeObject(answer(200, marked)).failure != nil)
  }

  @Test("an object that was made of it is a fault of the server")
  func madeOfNothing() {
    let made = "<CompleteMultipartUploadResult><ETag>\"e\"</ETag><Key>k</Key></CompleteMultipartUploadResult>"
    #expect(judgeObject(answer(200, marked, made), at: otherEndpoint).failure?.code == "object-of-nothing")
  }

  @Test("one option is left out, and nothing else")
  func omitting() {
    let options = ObjectOptions(storageClass: "STANDARD_IA", kmsKeyID: "k", expectedBucketOwner: "123456789012")
    let upload = sampleUpload(tags: ObjectTags([("a", "b")]))
    func names(_ option: S3Client.ObjectOption?) -> Set<String> {
      var (client, sent) = (sampleS3(options: options), upload)
      if let option { (client, sent) = client.omitting(option, of: upload) }
      return Set(
        client.createMultipartUpload(sent, credentials: sampleCredentials, at: signedAt).headers.map(\.name))
    }
    for option in [S3Client.ObjectOption.tags, .encryption, .storageClass] {
      let left = names(nil).subtracting(names(option))
      #expect(!left.isEmpty && left.allSatisfy { $0.hasPrefix(option.rawValue) })
    }
    #expect(names(.accessControlList) == names(nil))
  }

  // MARK: A write that its condition forbids

  private func judgeItem(_ response: HTTPResponse) -> ServiceFailure? {
    DynamoDBClient(endpoint: ServiceEndpoint(of: .dynamodb, region: "eu-south-1"), region: "eu-south-1", table: "t")
      .judgeProbe(.success(response), signedAt: signedAt, now: signedAt).failure
  }

  @Test("refused by the condition is allowed; success is never")
  func item() {
    let refused = #"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#
    let known = ["x-amzn-requestid": "R"]
    #expect(judgeItem(answer(400, known, refused)) == nil)
    #expect(judgeItem(answer(400, [:], refused))?.code == "unparsable-answer")
    #expect(
      judgeItem(answer(400, ["x-amz-crc32": "1", "x-amzn-requestid": "R"], refused))?.code == "unparsable-answer")
    #expect(judgeItem(answer(200, [:], "{}"))?.code == "unparsable-answer")
    #expect(judgeItem(answer(200, known, "{}"))?.code == "condition-ignored")
    #expect(judgeItem(answer(200, known, "<html/>"))?.code == "unparsable-answer")
  }

  @Test("the item has the folder's own key")
  func itemRequest() {
    var client = DynamoDBClient(
      endpoint: ServiceEndpoint(of: .dynamodb, region: "eu-south-1"), region: "eu-south-1", table: "t")
    for (isRefused, key) in [(false, "inbox/a"), (true, "rejected:inbox/a")] {
      let request = client.probe(
        objectKey: "inbox/a", isRefused: isRefused, credentials: sampleCredentials, at: signedAt)
      #expect(request.text.contains(#""object_key":{"S":"\#(key)"}"#))
      #expect(request.text.contains("attribute_not_exists(object_key) AND object_key = :never"))
    }
  }

  // MARK: What an answer to HEAD proves

  @Test("an answer to HEAD that does not bear S3's mark tells nothing about the object")
  func head() {
    func judge(_ response: HTTPResponse) -> Result<StoredObject?, ServiceFailure> {
      sampleS3().judgeHeadObject(.success(response), signedAt: signedAt, now: signedAt)
    }
    let object = ["etag": "\"e\"", "content-length": "5"]
    #expect(judge(answer(200, object.merging(marked) { old, _ in old })).success??.size == 5)
    for status in [404, 405] { #expect(judge(answer(status, marked)) == .success(nil)) }
    #expect(judge(answer(403, marked)).failure?.missingAction == "s3:GetObjectVersion")
    for response in [answer(200, object), answer(403), answer(404), answer(405)] {
      #expect(judge(response).failure?.code == S3Client.unconfirmed)
    }
  }
}
