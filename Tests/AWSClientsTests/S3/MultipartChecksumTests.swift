import AWSSigning
import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("Uploads in parts that are verified by CRC-64/NVME")
struct MultipartChecksumTests {
  /// Of `hello`.
  private static let hello = CRC64NVME.checksum(of: Array("hello".utf8))
  private static let whole = CRC64NVME.checksum(of: Array("hellohello".utf8))
  private let part = UploadedPart(etag: "e", checksum: .crc64nvme(hello))

  private var progress: MultipartProgress {
    MultipartProgress(uploadID: "u", partSize: 5, checksum: .crc64nvme, parts: [1: part, 2: part])
  }

  private var upload: ObjectUpload {
    var upload = sampleUpload()
    upload.size = 10
    return upload
  }

  @Test("the creating request asks for the checksum of the whole object")
  func create() {
    var client = sampleS3()
    let request = client.createMultipartUpload(
      upload, checksum: .crc64nvme, credentials: sampleCredentials, at: signedAt)
    #expect(request.header("x-amz-checksum-algorithm") == "CRC64NVME")
    #expect(request.header("x-amz-checksum-type") == "FULL_OBJECT")
  }

  @Test("a part carries its CRC, and its signature covers the body or leaves it to TLS")
  func parts() {
    var client = sampleS3()
    for (payload, text) in [(PayloadHash.digest(helloDigest), helloDigest.hex), (.unsigned, "UNSIGNED-PAYLOAD")] {
      let request = client.uploadPart(
        1, of: "u", key: "k", checksum: .crc64nvme(Self.hello), payload: payload, body: .none,
        credentials: sampleCredentials, at: signedAt)
      #expect(request.header("x-amz-checksum-crc64nvme") == Self.hello.base64)
      #expect(request.header("x-amz-sdk-checksum-algorithm") == "CRC64NVME")
      #expect(request.header("x-amz-checksum-sha256") == nil)
      #expect(request.header("x-amz-content-sha256") == text)
    }
  }

  @Test("the completing request names those of the parts and that of the whole")
  func complete() {
    var client = sampleS3()
    let request = client.completeMultipartUpload(
      upload, progress: progress, credentials: sampleCredentials, at: signedAt)
    #expect(request.header("x-amz-checksum-crc64nvme") == Self.whole.base64)
    #expect(request.header("x-amz-checksum-type") == "FULL_OBJECT")
    #expect(request.header("x-amz-mp-object-size") == "10")
    #expect(request.text.contains("<ChecksumCRC64NVME>\(Self.hello.base64)</ChecksumCRC64NVME></Part><Part>"))
    #expect(!request.text.contains("SHA256"))
  }

  @Test("a part is acknowledged by its CRC alone; another server than AWS that repeats none keeps none")
  func judgePart() {
    func judge(_ headers: [String: String], _ client: inout S3Client) -> Result<UploadedPart, ServiceFailure> {
      client.judgeUploadPart(
        .success(answer(200, headers)), checksum: .crc64nvme(Self.hello), signedAt: signedAt, now: signedAt)
    }
    let echo = ["etag": "\"e\"", "x-amz-checksum-crc64nvme": Self.hello.base64]
    var amazons = sampleS3()
    #expect(judge(echo, &amazons).success == part)
    #expect(judge(echo.merging(["x-amz-checksum-crc64nvme": "AAAA"]) { $1 }, &amazons).failure?.failureClass == .rehash)
    #expect(judge(["etag": "\"e\""], &amazons).failure?.failureClass == .unproven)
    var other = sampleS3(endpoint: otherEndpoint)
    let sha256 = ["etag": "\"5d41402abc4b2a76b9719d911017c592\"", "x-amz-checksum-sha256": helloBase64]
    #expect(judge(sha256, &other).failure?.code == ServiceFailure.checksumNotKept)
    #expect(judge(echo, &other).success == part)
    #expect(judge(["etag": "\"e\""], &other).failure?.failureClass == .unproven, "it did so before")
    #expect(other.proof.mayNeedMD5(inParts: true), "of SHA-256 it has shown nothing")
  }

  @Test("the whole is acknowledged by its CRC, which the receipt keeps where the server named it")
  func judgeComplete() {
    func judge(_ members: String, _ client: inout S3Client) -> Result<ObjectReceipt, ServiceFailure> {
      client.judgeCompleteMultipartUpload(
        .success(answer(200, [:], "<x><ETag>e-2</ETag>\(members)</x>")), upload: upload, progress: progress,
        attemptedBefore: false, signedAt: signedAt, now: signedAt)
    }
    let named = "<ChecksumCRC64NVME>\(Self.whole.base64)</ChecksumCRC64NVME>"
    var amazons = sampleS3()
    #expect(judge(named, &amazons).success == ObjectReceipt(etag: "e-2", crc64: Self.whole))
    let other = "<ChecksumCRC64NVME>\(Self.hello.base64)</ChecksumCRC64NVME>"
    #expect(judge(other, &amazons).failure?.failureClass == .rehash)
    #expect(judge("<Key>\(upload.key)</Key>", &amazons).failure?.failureClass == .unproven)
    var elsewhere = sampleS3(endpoint: otherEndpoint)
    #expect(judge("<Key>\(upload.key)</Key>", &elsewhere).success == ObjectReceipt(etag: "e-2"))
    #expect(judge(named, &elsewhere).success?.crc64 == Self.whole)
  }

  @Test("there is none of the whole while a part lacks its own")
  func incomplete() {
    var progress = progress
    progress.parts[2] = nil
    #expect(progress.crc64(size: 10) == nil)
    progress.parts[2] = UploadedPart(etag: "e", sha256: helloDigest)
    #expect(progress.crc64(size: 10) == nil)
  }
}
