import AWSSigning
import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("Answers to PutItem")
struct PutItemAnswerTests {
  private func judge(_ response: HTTPResponse) -> Result<RecordReceipt, ServiceFailure> {
    DynamoDBClient(endpoint: ServiceEndpoint(of: .dynamodb, region: "eu-south-1"), region: "eu-south-1", table: "t")
      .judgePutItem(.success(response), record: sampleRecord(), signedAt: signedAt, now: signedAt)
  }

  private func conflict(_ item: String) -> HTTPResponse {
    answer(
      400, ["x-amzn-requestid": "R"],
      #"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"m"\#(item)}"#)
  }

  @Test("200 with what PutItem answers is success, with a request id or a matching checksum")
  func success() {
    let id = ["x-amzn-requestid": "R"]
    #expect(judge(answer(200, id, "{}")).success == .written)
    #expect(judge(answer(200, ["x-amz-crc32": String(CRC32.checksum(of: Array("{}".utf8)))], "{}")).success == .written)
    #expect(judge(answer(200, id, #"{"ConsumedCapacity":{"CapacityUnits":1.0}}"#)).success == .written)
    #expect(judge(answer(200, id, #"{"Attributes":{},"ItemCollectionMetrics":{}}"#)).success == .written)
  }

  @Test(
    "200 with any other JSON, or of nobody who could be DynamoDB, is no record",
    arguments: [
      (#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}"#, ["x-amzn-requestid": "R"]),
      (#"{"status":"login required"}"#, ["x-amzn-requestid": "R"]), (#"{"message":"ok"}"#, ["x-amzn-requestid": "R"]),
      (#"{"ConsumedCapacity":{},"error":1}"#, ["x-amzn-requestid": "R"]), ("{}", [:]), ("{}", ["x-amzn-requestid": ""]),
      ("null", ["x-amzn-requestid": "R"]), ("true", ["x-amzn-requestid": "R"]),
    ])
  func portals(_ body: String, _ headers: [String: String]) {
    let failure = judge(answer(200, headers, body)).failure
    #expect(failure?.failureClass == .retry)
    #expect(failure?.code == "unparsable-answer")
  }

  @Test(
    "200 that cannot be trusted is retried",
    arguments: [
      answer(200), answer(200, [:], "{"), answer(200, [:], "<html/>"), answer(200, [:], "[]"),
      answer(200, ["x-amz-crc32": "1"], "{}"), answer(200, ["x-amz-crc32": "x"], "{}"),
    ])
  func damaged(_ response: HTTPResponse) {
    #expect(judge(response).failure?.failureClass == .retry)
  }

  private var equalItem: String {
    #","Item":{"object_key":{"S":"inbox/2026/contract €.pdf"},"delivery_id":{"S":"\#(sampleDeliveryID)"},"sha256":{"S":"\#(helloDigest.hex)"},"size":{"N":"5"}}"#
  }

  @Test("a failed condition is success where the item agrees, and never where none is shown")
  func alreadyRecorded() {
    guard case .found(let found)? = judge(conflict(equalItem)).success else {
      Issue.record("not found")
      return
    }
    #expect(found["delivery_id"] == sampleDeliveryID)
    let xml = "<ErrorResponse><Error><Code>ConditionalCheckFailedException</Code></Error></ErrorResponse>"
    for response in [conflict(""), answer(400, ["x-amzn-requestid": "R"], xml)] {
      #expect(judge(response).failure?.failureClass == .isolated)
      #expect(judge(response).failure?.code == "record-not-shown")
    }
  }

  @Test("a failed condition with the item of another key, or of nobody who could be DynamoDB, proves nothing")
  func foreignItems() {
    var stranger = conflict(equalItem)
    stranger.headers = []
    #expect(judge(stranger).failure?.failureClass == .retry)
    for response in [
      conflict(equalItem.replacing("00010203", with: "00010204")), conflict(",\"Item\":{}"),
      conflict(equalItem.replacing("contract", with: "other")),
      conflict(equalItem.replacing(",\"size\":{\"N\":\"5\"}", with: "").replacing("sha256", with: "other")),
    ] {
      #expect(judge(response).failure?.failureClass == .isolated)
    }
  }

  @Test("a failed condition with another item parks the file")
  func conflicts() {
    for item in [
      equalItem.replacing("\"5\"", with: "\"6\""), equalItem.replacing("2cf24", with: "3cf24"),
    ] {
      let failure = judge(conflict(item)).failure
      #expect(failure?.failureClass == .item)
      #expect(failure?.code == "record-conflict")
    }
  }

  @Test("a damaged refusal is no success either")
  func damagedConflict() {
    var response = conflict(equalItem)
    response.headers = [HTTPHeader("x-amz-crc32", "1")]
    #expect(judge(response).failure?.failureClass == .retry)
  }

  @Test("a refused action is named")
  func refused() {
    let body = #"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}"#
    let failure = judge(answer(400, ["x-amzn-requestid": "R1"], body)).failure
    #expect(failure?.missingAction == "dynamodb:PutItem")
    #expect(failure?.message == "DynamoDB refuses dynamodb:PutItem on t (AccessDeniedException): no")
    #expect(failure?.ids.request == "R1")
  }
}
