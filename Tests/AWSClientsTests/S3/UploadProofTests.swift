import AWSSigning
import Cryptography
import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("What proves an upload")
struct UploadProofTests {
  private static let helloMD5 = "5d41402abc4b2a76b9719d911017c592"

  private func put(
    _ headers: [String: String], _ client: inout S3Client, md5: String? = helloMD5
  ) -> Result<ObjectReceipt, ServiceFailure> {
    client.judgePutObject(
      .success(answer(200, headers)), upload: sampleUpload(), md5: md5.flatMap { MD5Digest(hex: $0) },
      attemptedBefore: false, signedAt: signedAt, now: signedAt)
  }

  private func part(_ headers: [String: String], _ client: inout S3Client) -> Result<UploadedPart, ServiceFailure> {
    client.judgeUploadPart(
      .success(answer(200, headers)), sha256: helloDigest, md5: MD5Digest(hex: Self.helloMD5), signedAt: signedAt,
      now: signedAt)
  }

  private static let echo = ["etag": "\"any\"", "x-amz-checksum-sha256": helloBase64]

  @Test(
    "AWS's own endpoints repeat the checksum in every answer, the private ones too",
    arguments: [
      "https://s3.eu-south-1.amazonaws.com", "https://bucket.vpce-1a2b.s3.eu-south-1.vpce.amazonaws.com",
      "https://s3.cn-north-1.amazonaws.com.cn", "https://s3.us-iso-east-1.c2s.ic.gov",
    ])
  func amazons(_ url: String) throws {
    var client = sampleS3(endpoint: try #require(ServiceEndpoint(url: url)))
    #expect(put(["etag": "\"\(Self.helloMD5)\""], &client).failure?.failureClass == .unproven)
    #expect(part(["etag": "\"\(Self.helloMD5)\""], &client).failure?.failureClass == .unproven)
    #expect(put(Self.echo, &client).success != nil)
    #expect(!client.proof.mayNeedMD5(inParts: false) && !client.proof.mayNeedMD5(inParts: true))
  }

  @Test(
    "another server is none of AWS's, whatever its name pretends",
    arguments: ["https://amazonaws.com.evil.example", "https://notamazonaws.com", "http://127.0.0.1:9000"])
  func pretenders(_ url: String) throws {
    #expect(try !#require(ServiceEndpoint(url: url)).isAmazons)
  }

  @Test("a server that never repeats the checksum is believed by the content's MD5 alone")
  func md5() {
    var client = sampleS3(endpoint: otherEndpoint)
    for etag in ["\"\(Self.helloMD5)\"", Self.helloMD5, "\"\(Self.helloMD5.uppercased())\"", "W/\"\(Self.helloMD5)\""] {
      #expect(put(["etag": etag], &client).success != nil)
      #expect(part(["etag": etag], &client).success != nil)
    }
    for etag in ["\"0123\"", "\"5d41402abc4b2a76b9719d911017c593\"", "\"\(Self.helloMD5)-1\""] {
      let failure = put(["etag": etag], &client).failure
      #expect(failure?.failureClass == .unprovable && failure?.code == "unprovable-upload")
      #expect(part(["etag": etag], &client).failure?.failureClass == .unprovable)
    }
    #expect(put(["etag": "\"\(Self.helloMD5)\""], &client, md5: nil).failure?.failureClass == .unproven)
  }

  @Test("a server that repeated the checksum once has to do so always, for each kind of request by itself")
  func learning() {
    var client = sampleS3(endpoint: otherEndpoint)
    #expect(client.proof.mayNeedMD5(inParts: false))
    #expect(put(Self.echo, &client).success != nil)
    #expect(!client.proof.mayNeedMD5(inParts: false) && client.proof.mayNeedMD5(inParts: true))
    #expect(put(["etag": "\"\(Self.helloMD5)\""], &client).failure?.failureClass == .unproven)
    #expect(part(["etag": "\"\(Self.helloMD5)\""], &client).success != nil)
    #expect(part(Self.echo, &client).success != nil)
    #expect(part(["etag": "\"\(Self.helloMD5)\""], &client).failure?.failureClass == .unproven)
    #expect(!client.proof.mayNeedMD5(inParts: true))
  }

  // MARK: Completion

  private func complete(_ client: inout S3Client, _ members: String, root: String = "CompleteMultipartUploadResult")
    -> Result<ObjectReceipt, ServiceFailure>
  {
    let part = UploadedPart(etag: Self.helloMD5, sha256: helloDigest)
    let progress = MultipartProgress(uploadID: "u", partSize: 5, parts: [1: part, 2: part])
    return client.judgeCompleteMultipartUpload(
      .success(answer(200, [:], "<\(root)>\(members)</\(root)>")), upload: sampleUpload(key: "a b/ü"),
      progress: progress, attemptedBefore: false, signedAt: signedAt, now: signedAt)
  }

  @Test("at AWS a completion repeats the digest of the digests")
  func completionAtAWS() {
    var client = sampleS3()
    let failure = complete(&client, "<ETag>&quot;e-2&quot;</ETag><Key>a b/ü</Key>").failure
    #expect(failure?.failureClass == .unproven)
  }

  @Test(
    "elsewhere it names the object by its key or by the digest of the parts' digests, whatever the root is called",
    arguments: [
      ("<ETag>&quot;e&quot;</ETag><Key>a b/ü</Key>", true), ("<ETag>&quot;e&quot;</ETag><Key>a%20b/%C3%BC</Key>", true),
      ("<ETag></ETag><Key>a b/ü</Key>", true), ("<ETag></ETag><Key>another</Key>", false), ("<ETag></ETag>", false),
      ("<ETag>e</ETag><Key>another</Key>", false), ("<ETag>e</ETag>", false), ("<Key>a b/ü</Key>", true),
      ("<Key>another</Key>", false),
      ("<ETag>d4ab3b3c8a6d1c7fa9b3c7e2d1c5a0b9-2</ETag>", false),
      ("<ETag>&quot;\(S3Client.etag(of: samples) ?? "")&quot;</ETag>", true),
      ("<Error><Code>InternalError</Code></Error><ETag>e</ETag><Key>a b/ü</Key>", false),
      ("<Code>InternalError</Code><ETag>e</ETag><Key>a b/ü</Key>", false),
    ])
  func completionElsewhere(_ members: String, _ isSuccess: Bool) {
    for root in ["CompleteMultipartUploadResult", "CompleteMultipartUpload", "x"] {
      var client = sampleS3(endpoint: otherEndpoint)
      #expect((complete(&client, members, root: root).success != nil) == isSuccess)
    }
  }

  @Test("a completion lists no checksums for a server that knows none, and for all others does")
  func listedChecksums() {
    var client = sampleS3(endpoint: otherEndpoint)
    let progress = MultipartProgress(uploadID: "u", partSize: 5, parts: Self.samples)
    func text() -> String {
      client.completeMultipartUpload(sampleUpload(), progress: progress, credentials: sampleCredentials, at: signedAt)
        .text
    }
    #expect(text().contains("ChecksumSHA256"), "not known yet")
    _ = part(["etag": Self.helloMD5], &client)
    #expect(!text().contains("ChecksumSHA256") && text().contains("<ETag>&quot;\(Self.helloMD5)&quot;</ETag>"))
    _ = part(Self.echo, &client)
    #expect(text().contains("ChecksumSHA256"))
  }

  @Test("a long path goes into the metadata only where it is AWS that stores it", arguments: [256, 257, 1024, 1025])
  func longPaths(_ length: Int) {
    for (endpoint, limit) in [(otherEndpoint, 256), (ServiceEndpoint(of: .s3, region: "eu-south-1"), 1024)] {
      var client = sampleS3(endpoint: endpoint)
      let upload = sampleUpload(path: Array(repeating: UInt8(ascii: "a"), count: length))
      let request = client.putObject(upload, body: .none, credentials: sampleCredentials, at: signedAt)
      #expect((request.header("x-amz-meta-source-path") != nil) == (length <= limit))
    }
  }

  private static let samples: [Int: UploadedPart] = {
    let part = UploadedPart(etag: helloMD5, sha256: helloDigest)
    return [1: part, 2: part]
  }()

  @Test("the digest of the parts' digests is what S3 documents")
  func composedETag() {
    // The MD5 of the two MD5s of `hello`, computed by another program.
    #expect(S3Client.etag(of: Self.samples) == "616b22817b80eed9f65c3aa38cd29054-2")
    #expect(S3Client.etag(of: [1: UploadedPart(etag: "opaque", sha256: helloDigest)]) == nil)
  }
}
