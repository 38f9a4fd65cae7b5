import AWSClients
import AWSSigning
import Cryptography
import DeliveryModel
import Foundation
import HTTPTransport
import Testing

@Suite("Against an embedded AWS that verifies signatures and policies", .serialized)
struct EmbeddedAWSTests {
  /// One for all tests, ended with the test process by the end of its input.
  private static let shared = Result { try MotoServer() }

  private let server: MotoServer
  private let transport: CurlTransport
  private let environment: [String: String]
  private let clock: @Sendable () -> Timestamp = {
    Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  }

  init() throws {
    server = try Self.shared.get()
    transport = try CurlTransport(configuration: TransportConfiguration(userAgent: "tests")) { _ in }
    environment = [
      "AWS_ACCESS_KEY_ID": server.greeting.key, "AWS_SECRET_ACCESS_KEY": server.greeting.secret,
    ]
  }

  private func endpoint(_ lane: ServiceLane) throws -> ServiceEndpoint {
    try #require(ServiceEndpoint(url: server.greeting.endpoint))
  }

  private func sts() throws -> STSClient {
    STSClient(endpoint: try endpoint(.sts), region: "eu-south-1", transport: transport, wallClock: clock)
  }

  private func credentials() async throws -> AWSCredentials {
    let role = RoleSettings(arn: server.greeting.role, sessionName: "server1")
    let means = CredentialMeans(
      environment: environment, sts: try sts(), http: transport, processes: ScriptedProcesses([]))
    let provider = CredentialSettings(role: role).provider(means)
    return try await CredentialCache(provider, wallClock: clock).credentials()
  }

  private func send(_ request: HTTPRequest) async -> Result<HTTPResponse, TransportError> {
    do throws(TransportError) { return .success(try await transport.perform(request)) } catch { return .failure(error) }
  }

  private func s3(_ options: ObjectOptions = ObjectOptions()) throws -> S3Client {
    S3Client(endpoint: S3Endpoint(try endpoint(.s3)), region: "eu-south-1", bucket: "files", options: options)
  }

  private func upload(_ key: String, _ content: [UInt8]) -> ObjectUpload {
    ObjectUpload(
      key: key, size: Int64(content.count), sha256: SHA256.digest(of: content), deliveryID: sampleDeliveryID,
      sourcePath: RelativePath(unchecked: Array("ä b.pdf".utf8)), modified: signedAt, host: "server1",
      contentType: "application/pdf")
  }

  @Test("objects arrive whole, with their description and version")
  func putObject() async throws {
    let credentials = try await credentials()
    var client = try s3()
    let content = Array("hello".utf8)
    // The embedded AWS refuses botocore's own signature of keys that are not ASCII or hold some other characters.
    for key in ["inbox/a b.pdf", "inbox//x", "a?b#c"] {
      let upload = upload(key, content)
      let now = clock()
      let request = client.putObject(upload, body: .bytes(content), credentials: credentials, at: now)
      let receipt = try client.judgePutObject(
        await send(request), upload: upload, md5: MD5Digest.digest(of: content), attemptedBefore: false, signedAt: now,
        now: clock()
      ).get()
      let version = try #require(receipt.versionID)
      let object = try #require(try server.holdings().objects[version])
      #expect(object.key == key)
      #expect(object.size == 5)
      #expect(object.type == "application/pdf")
      #expect(object.metadata["source-path"] == "%C3%A4%20b.pdf")
      #expect(object.metadata["sha256"] == upload.sha256?.hex)
    }
  }

  @Test("write_once finds its own object, and refuses another's")
  func writeOnce() async throws {
    let credentials = try await credentials()
    var client = try s3(ObjectOptions(writeOnce: true))
    let upload = upload("once", [1])
    let now = clock()
    let request = client.putObject(upload, body: .bytes([1]), credentials: credentials, at: now)
    let answers = [await send(request), await send(request)]
    let judging = client
    let judge = { (index: Int, attempted: Bool) in
      var client = judging
      return client.judgePutObject(
        answers[index], upload: upload, md5: MD5Digest.digest(of: [1]), attemptedBefore: attempted, signedAt: now,
        now: now)
    }
    #expect(try judge(0, false).get().alreadyThere == false)
    #expect(try judge(1, true).get().alreadyThere)
    #expect(judge(1, false).failure?.code == "key-conflict")
    #expect(try server.holdings().objects.values.filter { $0.key == "once" }.count == 1)
  }

  @Test("an object in parts arrives whole")
  func multipart() async throws {
    let credentials = try await credentials()
    var client = try s3()
    let parts = [[UInt8](repeating: 1, count: 5 << 20), [2, 3]]
    let upload = upload("parts/big file", parts.flatMap { $0 })
    var now = clock()
    let begin = client.createMultipartUpload(upload, credentials: credentials, at: now)
    let id = try client.judgeCreateMultipartUpload(await send(begin), signedAt: now, now: now).get()
    var progress = MultipartProgress(uploadID: id, partSize: 5 << 20)
    for (index, part) in parts.enumerated() {
      now = clock()
      let digest = SHA256.digest(of: part)
      let request = client.uploadPart(
        index + 1, of: id, key: upload.key, sha256: digest, body: .bytes(part), credentials: credentials, at: now)
      progress.parts[index + 1] = try client.judgeUploadPart(
        await send(request), sha256: digest, md5: MD5Digest.digest(of: part), signedAt: now, now: now
      ).get()
    }
    now = clock()
    let request = client.completeMultipartUpload(upload, progress: progress, credentials: credentials, at: now)
    let receipt = try client.judgeCompleteMultipartUpload(
      await send(request), upload: upload, progress: progress, attemptedBefore: false, signedAt: now, now: now
    ).get()
    let object = try #require(try server.holdings().objects[receipt.versionID ?? ""])
    #expect(object.key == upload.key)
    #expect(Int64(object.size) == upload.size)
    #expect(object.metadata["delivery-id"] == sampleDeliveryID)
  }

  @Test("a record is written once, and found when it is written again")
  func putItem() async throws {
    let credentials = try await credentials()
    var client = DynamoDBClient(endpoint: try endpoint(.dynamodb), region: "eu-south-1", table: "log")
    let record = sampleRecord(path: Array("a\"\\\n\u{1}€".utf8) + [0xff])
    let now = clock()
    let request = client.putItem(record, credentials: credentials, at: now)
    let judge = { (result: Result<HTTPResponse, TransportError>, record: DeliveryRecord) in
      client.judgePutItem(result, record: record, signedAt: now, now: now)
    }
    #expect(try judge(await send(request), record).get() == .written)
    let second = await send(request)
    let found = try judge(second, record).get()
    #expect(found != .written)
    var other = record
    other.size = 6
    #expect(judge(second, other).failure?.code == "record-conflict")
    let items = try server.holdings().items
    #expect(items.count == 1)
    #expect(items.first?["source_path"]?["S"] == "a\"\\%0A%01€%FF")
  }

  @Test("what the role may not do, and what is not there, is named")
  func refusals() async throws {
    let credentials = try await credentials()
    var client = try s3()
    let now = clock()
    let abort = client.abortMultipartUpload("u", key: "k", credentials: credentials, at: now)
    let refused = client.judgeAbortMultipartUpload(await send(abort), signedAt: now, now: now).failure
    #expect(refused?.missingAction == "s3:AbortMultipartUpload")
    var table = DynamoDBClient(endpoint: try endpoint(.dynamodb), region: "eu-south-1", table: "nowhere")
    let put = table.putItem(sampleRecord(), credentials: credentials, at: now)
    let missing = table.judgePutItem(await send(put), record: sampleRecord(), signedAt: now, now: now).failure
    #expect(missing?.code == "ResourceNotFoundException")
    #expect(missing?.failureClass == .blocked)
    var wrong = credentials
    wrong.secretAccessKey = "wrong"
    let signed = client.putObject(upload("k", [1]), body: .bytes([1]), credentials: wrong, at: now)
    let mismatch = client.judgePutObject(
      await send(signed), upload: upload("k", [1]), attemptedBefore: false, signedAt: now, now: now
    ).failure
    #expect(mismatch?.code == "SignatureDoesNotMatch")
    #expect(mismatch?.failureClass == .blocked)
  }

  @Test("the identity of the credentials is told")
  func identity() async throws {
    let identity = try await sts().getCallerIdentity(using: try await credentials())
    #expect(identity.arn.contains("assumed-role/up/server1"))
  }
}
