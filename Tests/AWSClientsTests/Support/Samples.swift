import AWSClients
import AWSSigning
import Cryptography
import DeliveryModel
import HTTPTransport

/// 2026-11-24T10:42:07Z.
let signedAt = Timestamp(milliseconds: 1_795_516_927_000)

let sampleCredentials = AWSCredentials(
  accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "session/token+=", expiration: nil)

/// SHA-256 of `hello`.
let helloDigest = SHA256.digest(of: Array("hello".utf8))
let helloBase64 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="

let sampleDeliveryID = "00010203-0405-8607-8809-0a0b0c0d0e0f"

func sampleUpload(key: String = "k", path: [UInt8] = Array("a".utf8), tags: ObjectTags = .none) -> ObjectUpload {
  ObjectUpload(
    key: key, size: 5, sha256: helloDigest, deliveryID: sampleDeliveryID, sourcePath: RelativePath(unchecked: path),
    modified: Timestamp(milliseconds: 1_795_424_400_123), host: "server1", contentType: "application/pdf", tags: tags)
}

func sampleRecord(path: [UInt8] = Array("2026/contract €.pdf".utf8)) -> DeliveryRecord {
  DeliveryRecord(
    objectKey: "inbox/2026/contract €.pdf", deliveryID: sampleDeliveryID, bucket: "files", versionID: "v1",
    etag: "5d41402abc4b2a76b9719d911017c592", size: 5, sha256: helloDigest, contentType: "application/pdf",
    received: signedAt, settled: signedAt + .seconds(5), uploaded: signedAt + .milliseconds(6_007),
    modified: Timestamp(milliseconds: 1_795_424_400_123), folder: "inbox", sourcePath: RelativePath(unchecked: path),
    host: "server1", owner: "anna", ownerUID: 1004, attempts: 2, agent: "s3loggerd/1.0.0")
}

func sampleS3(
  options: ObjectOptions = ObjectOptions(), endpoint: ServiceEndpoint = ServiceEndpoint(of: .s3, region: "eu-south-1"),
  bucket: String = "files", pathStyle: Bool = false
) -> S3Client {
  S3Client(
    endpoint: S3Endpoint(endpoint, pathStyle: pathStyle), region: "eu-south-1", bucket: bucket, options: options)
}

func answer(_ status: Int, _ headers: [String: String] = [:], _ body: String = "") -> HTTPResponse {
  HTTPResponse(status: status, headers: headers.map { HTTPHeader($0.key, $0.value) }, body: Array(body.utf8))
}

/// A refusal in S3's own words: its XML, and an id of the request.
func refusal(_ status: Int, _ code: String, _ detail: String = "") -> HTTPResponse {
  answer(status, ["x-amz-request-id": "R1", "x-amz-id-2": "H1"], "<Error><Code>\(code)</Code>\(detail)</Error>")
}

/// A server that is not AWS.
let otherEndpoint = ServiceEndpoint(url: "https://s3.example.org") ?? ServiceEndpoint(of: .s3, region: "eu-south-1")

extension HTTPRequest {
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  var text: String {
    guard case .bytes(let bytes) = body else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Result {
  var failure: Failure? {
    guard case .failure(let failure) = self else { return nil }
    return failure
  }

  var success: Success? { try? get() }
}
