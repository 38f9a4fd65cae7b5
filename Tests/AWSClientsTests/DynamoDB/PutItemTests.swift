import AWSSigning
import DeliveryModel
import Foundation
import HTTPTransport
import TestSupport
import Testing

@testable import AWSClients

@Suite("PutItem")
struct PutItemTests {
  private func put(_ record: DeliveryRecord) -> HTTPRequest {
    var client = DynamoDBClient(
      endpoint: ServiceEndpoint(of: .dynamodb, region: "eu-south-1"), region: "eu-south-1", table: "files\"log")
    return client.putItem(record, credentials: sampleCredentials, at: signedAt)
  }

  /// The item as Foundation reads it: attribute → (type, value).
  private func item(_ record: DeliveryRecord) throws -> [String: [String: String]] {
    let document = try JSONSerialization.jsonObject(with: Data(put(record).text.utf8))
    return try #require((document as? [String: Any])?["Item"] as? [String: [String: String]])
  }

  @Test("the request is exactly this")
  func bytes() {
    let request = put(sampleRecord())
    #expect(request.method == .post)
    #expect(request.url == "https://dynamodb.eu-south-1.amazonaws.com/")
    #expect(request.header("content-type") == "application/x-amz-json-1.0")
    #expect(request.header("x-amz-target") == "DynamoDB_20120810.PutItem")
    #expect(
      request.header("authorization")?.contains("content-type;host;x-amz-date;x-amz-security-token;x-amz-target")
        == true)
    #expect(request.text == Self.expected)
  }

  private static let expected =
    #"{"TableName":"files\u0022log","ConditionExpression":"attribute_not_exists(object_key)","#
    .replacingOccurrences(of: #"\u0022"#, with: #"\""#)
    + #""ReturnValuesOnConditionCheckFailure":"ALL_OLD","Item":{"object_key":{"S":"inbox/2026/contract €.pdf"},"#
    + #""delivery_id":{"S":"00010203-0405-8607-8809-0a0b0c0d0e0f"},"bucket":{"S":"files"},"version_id":{"S":"v1"},"#
    + #""etag":{"S":"5d41402abc4b2a76b9719d911017c592"},"size":{"N":"5"},"#
    + #""sha256":{"S":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"},"#
    + #""content_type":{"S":"application/pdf"},"received_at":{"S":"2026-11-24T10:42:07.000Z"},"#
    + #""settled_at":{"S":"2026-11-24T10:42:12.000Z"},"uploaded_at":{"S":"2026-11-24T10:42:13.007Z"},"#
    + #""modified_at":{"S":"2026-11-23T09:00:00.123Z"},"folder":{"S":"inbox"},"folder_day":{"S":"inbox#2026-11-24"},"#
    + #""filename":{"S":"contract €.pdf"},"source_path":{"S":"2026/contract €.pdf"},"host":{"S":"server1"},"#
    + #""owner":{"S":"anna"},"owner_uid":{"N":"1004"},"attempts":{"N":"2"},"agent":{"S":"s3loggerd/1.0.0"}}}"#

  @Test("an unset value is left out, never written empty")
  func unset() throws {
    var record = sampleRecord()
    record.versionID = nil
    record.etag = ""
    record.owner = ""
    let item = try item(record)
    #expect(item["version_id"] == nil && item["etag"] == nil && item["owner"] == nil)
    #expect(item.count == 18)
  }

  @Test("a path that is not UTF-8 is written as in the key, with its bytes beside it")
  func rawPath() throws {
    let item = try item(sampleRecord(path: Array("a/b%41".utf8) + [0xff, 0x0a]))
    #expect(item["source_path"] == ["S": "a/b%2541%FF%0A"])
    #expect(item["filename"] == ["S": "b%2541%FF%0A"])
    #expect(item["source_path_raw"] == ["B": Data(Array("a/b%41".utf8) + [0xff, 0x0a]).base64EncodedString()])
  }

  @Test("any name is read back by another JSON reader as it was")
  func randomNames() throws {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<500 {
      let path = generator.bytes(1...200).map { $0 == 0 ? 1 : $0 }
      let item = try item(sampleRecord(path: path))
      if let raw = item["source_path_raw"]?["B"] {
        #expect(Data(base64Encoded: raw) == Data(path))
      } else {
        #expect(item["source_path"]?["S"].map { Array($0.utf8) } == path)
      }
    }
    for scalar in (0x01...0x9f).compactMap(Unicode.Scalar.init) where scalar != "/" {
      let text = "x" + String(scalar) + "\u{2028}é\u{1F600}"
      #expect(try item(sampleRecord(path: Array(text.utf8)))["filename"]?["S"] == text)
    }
  }

  @Test("the largest item stays far below DynamoDB's 400 KB")
  func size() {
    var record = sampleRecord(path: Array(repeating: 0xff, count: 4096))
    record.objectKey = String(repeating: "\u{1}", count: 1024)
    #expect(put(record).text.utf8.count < 64 * 1024)
  }

  @Test("the record of a delivery needs its hash and its receipt")
  func ofDelivery() throws {
    let file = SettledFile(
      folder: "inbox", path: RelativePath(unchecked: Array("a/b".utf8)),
      identity: FileIdentity(device: 1, inode: 2, size: 5, modified: 1_795_424_400_123_456_789, changed: 0), owner: 0,
      received: signedAt, settled: signedAt, evidence: .lease, discovery: .event)
    var delivery = Delivery(number: 1, file: file, attempts: 3, nextAttempt: signedAt)
    #expect(DeliveryRecord(of: delivery, agent: "x") == nil)
    let id = try #require(DeliveryID(bytes: Array(0..<16)))
    delivery.prepared = PreparedDelivery(
      sha256: helloDigest, id: id, bucket: "files", objectKey: "k", contentType: "t", owner: "anna", host: "h")
    #expect(DeliveryRecord(of: delivery, agent: "x") == nil)
    delivery.receipt = UploadReceipt(etag: "e", versionID: nil, uploaded: signedAt)
    let record = try #require(DeliveryRecord(of: delivery, agent: "x"))
    #expect(record.modified.iso8601 == "2026-11-23T09:00:00.123Z")
    #expect(record.attempts == 3 && record.size == 5 && record.deliveryID == id.text && record.saver == nil)
    let saver = FileSaver(user: "OFFICE\\bruno", address: "192.0.2.7", source: "samba")
    delivery.prepared?.saver = saver
    for verdict in [nil, Verdict(decision: .rejected, findings: [], reason: "empty")] {
      delivery.verdict = verdict
      let record = try #require(DeliveryRecord(of: delivery, agent: "x"))
      #expect(record.saver == saver)
      let item = try item(record)
      #expect(item["saved_by"] == ["S": "OFFICE\\bruno"])
      #expect(item["saved_from"] == ["S": "192.0.2.7"])
      #expect(item["saved_by_source"] == ["S": "samba"])
    }
  }
}
