import AWSSigning
import DeliveryModel
import Foundation
import HTTPTransport
import SystemSupport
import TestSupport
import Testing

@testable import AWSClients

@Suite("PutObject")
struct PutObjectTests {
  @Test("every header is as botocore would sign it")
  func everyHeader() {
    var client = sampleS3(
      options: ObjectOptions(
        storageClass: "STANDARD_IA", serverSideEncryption: "aws:kms", kmsKeyID: "alias/files", writeOnce: true,
        expectedBucketOwner: "123456789012"))
    let tags = ObjectTags([("case", "A/1"), ("team", "x y")])
    let path = Array("2026/contract €%".utf8) + [0xff] + Array(".pdf".utf8)
    let upload = sampleUpload(key: "inbox/2026/contract €%25FF.pdf", path: path, tags: tags)
    let body = RequestBody.file(
      BodyFile(OwnedDescriptor(owning: -1), reader: BodyReader { _ in true }), offset: 0, length: 5)
    let request = client.putObject(upload, body: body, credentials: sampleCredentials, at: signedAt)
    #expect(request.method == .put)
    #expect(
      request.url == "https://files.s3.eu-south-1.amazonaws.com/inbox/2026/contract%20%E2%82%AC%2525FF.pdf")
    #expect(Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) }) == Self.expectedHeaders)
    guard case .file(_, 0, 5) = request.body else {
      Issue.record("the body is not the file")
      return
    }
  }

  /// The signature was made by botocore 1.43 (`S3SigV4Auth`).
  private static let expectedHeaders = [
    "authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/eu-south-1/s3/aws4_request, SignedHeaders="
      + "content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date;"
      + "x-amz-expected-bucket-owner;x-amz-meta-delivery-id;x-amz-meta-host;x-amz-meta-modified-at;x-amz-meta-sha256;"
      + "x-amz-meta-source-path;x-amz-sdk-checksum-algorithm;x-amz-security-token;x-amz-server-side-encryption;"
      + "x-amz-server-side-encryption-aws-kms-key-id;x-amz-server-side-encryption-bucket-key-enabled;"
      + "x-amz-storage-class;x-amz-tagging, "
      + "Signature=362b06b6adff1dfb6df87de76392c8221946569512271bfffbc4a0de7fd85031",
    "content-type": "application/pdf", "if-none-match": "*", "x-amz-checksum-sha256": helloBase64,
    "x-amz-content-sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    "x-amz-date": "20261124T104207Z", "x-amz-expected-bucket-owner": "123456789012",
    "x-amz-meta-delivery-id": sampleDeliveryID, "x-amz-meta-host": "server1",
    "x-amz-meta-modified-at": "2026-11-23T09:00:00.123Z",
    "x-amz-meta-sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    "x-amz-meta-source-path": "2026/contract%20%E2%82%AC%25%FF.pdf", "x-amz-sdk-checksum-algorithm": "SHA256",
    "x-amz-security-token": "session/token+=", "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "alias/files",
    "x-amz-server-side-encryption-bucket-key-enabled": "true", "x-amz-storage-class": "STANDARD_IA",
    "x-amz-tagging": "case=A%2F1&team=x%20y",
  ]

  @Test("what is not configured is not sent")
  func plain() {
    var client = sampleS3()
    let request = client.putObject(sampleUpload(), body: .none, credentials: sampleCredentials, at: signedAt)
    for name in [
      "x-amz-acl", "x-amz-request-payer", "if-none-match", "x-amz-tagging", "x-amz-storage-class",
      "x-amz-server-side-encryption",
    ] {
      #expect(request.header(name) == nil, "\(name)")
    }
  }

  @Test(
    "the bucket key is sent for KMS alone, either way",
    arguments: [
      ("aws:kms", true, "true"), ("aws:kms", false, "false"), ("aws:kms:dsse", true, nil), ("aws:kms:dsse", false, nil),
      ("AES256", false, nil), (nil, false, nil),
    ])
  func bucketKey(_ encryption: String?, _ isUsed: Bool, _ expected: String?) {
    let options = ObjectOptions(
      serverSideEncryption: encryption, kmsKeyID: encryption == "aws:kms:dsse" ? "alias/files" : nil,
      usesBucketKey: isUsed)
    var client = sampleS3(options: options)
    let request = client.putObject(sampleUpload(), body: .none, credentials: sampleCredentials, at: signedAt)
    #expect(request.header("x-amz-server-side-encryption-bucket-key-enabled") == expected)
    #expect(request.header("x-amz-server-side-encryption") == encryption)
  }

  @Test("an ACL is of the request that creates the object, the payer of all")
  func aclAndPayer() {
    var client = sampleS3(options: ObjectOptions(acl: "bucket-owner-full-control", requesterPays: true))
    let upload = sampleUpload()
    let put = client.putObject(upload, body: .none, credentials: sampleCredentials, at: signedAt)
    let created = client.createMultipartUpload(upload, credentials: sampleCredentials, at: signedAt)
    let part = client.uploadPart(
      1, of: "u", key: "k", sha256: helloDigest, body: .none, credentials: sampleCredentials, at: signedAt)
    let completed = client.completeMultipartUpload(
      upload, progress: MultipartProgress(uploadID: "u", partSize: 5), credentials: sampleCredentials, at: signedAt)
    let aborted = client.abortMultipartUpload("u", key: "k", credentials: sampleCredentials, at: signedAt)
    let looked = client.headObject(
      ObjectVersion(key: "k", versionID: nil), credentials: sampleCredentials, at: signedAt)
    for request in [put, created] { #expect(request.header("x-amz-acl") == "bucket-owner-full-control") }
    for request in [part, completed, aborted, looked] { #expect(request.header("x-amz-acl") == nil) }
    for request in [put, created, part, completed, aborted, looked] {
      #expect(request.header("x-amz-request-payer") == "requester")
      #expect(request.header("authorization")?.contains("x-amz-request-payer") == true)
    }
  }

  @Test("a source path is left out over 1,024 encoded bytes")
  func longPath() {
    var client = sampleS3()
    let long = client.putObject(
      sampleUpload(path: Array(repeating: 0x61, count: 1025)), body: .none, credentials: sampleCredentials, at: signedAt
    )
    #expect(long.header("x-amz-meta-source-path") == nil)
    let fits = client.putObject(
      sampleUpload(path: Array(repeating: 0x61, count: 1024)), body: .none, credentials: sampleCredentials, at: signedAt
    )
    #expect(fits.header("x-amz-meta-source-path")?.count == 1024)
  }

  @Test("no text from outside can end its header or be sent other than signed")
  func hostileHeaders() {
    var upload = sampleUpload()
    upload.host = "a\r\nx-amz-acl: public-read"
    upload.contentType = ""
    var client = sampleS3()
    let request = client.putObject(upload, body: .none, credentials: sampleCredentials, at: signedAt)
    #expect(request.header("x-amz-meta-host") == "a%0D%0Ax-amz-acl%3A%20public-read")
    #expect(request.header("content-type") == "application/octet-stream")
  }

  @Test("any key and path give a URL and headers of visible ASCII that decode to them")
  func randomNames() {
    var client = sampleS3()
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      let path = generator.bytes(1...300).map { $0 == 0 ? 1 : $0 }
      let key = "inbox/" + ObjectKeyEncoding.encode(path)
      let request = client.putObject(
        sampleUpload(key: key, path: path), body: .none, credentials: sampleCredentials, at: signedAt)
      let encoded = request.url.dropFirst("https://files.s3.eu-south-1.amazonaws.com/".count)
      #expect(encoded.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
      #expect(String(encoded).removingPercentEncoding == key)
      #expect(request.headers.allSatisfy { $0.value.utf8.allSatisfy { 0x20...0x7e ~= $0 } })
    }
  }
}
