import AWSClients
import AWSConfiguration
import AWSSigning
import ConfiguredClients
import Cryptography
import Custody
import DaemonConfiguration
import Delivery
import DeliveryJournal
import DeliveryModel
import HTTPTransport
import SystemSupport

/// Brings objects of the ledger into their bucket, one after the other over a connection of its own, so that people's files
/// have all the others.
struct LedgerUpload {
  let configuration: Configuration
  let journal: Journal
  let credentials: CredentialCache
  let clock: ServiceClock
  /// Of the state: for what is too large for memory.
  let directory: String
  private var client: S3Client
  /// What has to be added to this machine's time to have S3's, once it complained.
  private var offset = Duration.zero

  /// Somebody else's object stands in the place of one.
  struct Foreign: Error {
    let key: String
  }

  init(
    _ configuration: Configuration, journal: Journal, credentials: CredentialCache, clock: ServiceClock,
    directory: String
  ) {
    self.configuration = configuration
    self.journal = journal
    self.credentials = credentials
    self.clock = clock
    self.directory = directory
    client = configuration.makeLedgerClient()
  }

  /// Sends what the bucket does not have of a day. Throws ``Foreign``, ``LedgerTrouble`` and the journal's errors.
  mutating func send(_ day: CustodyDay) async throws {
    let missing = try await journal.objects(of: day).filter { !$0.isDone }
    if missing.isEmpty { return }
    let transport: CurlTransport
    do throws(TransportError) {
      transport = try CurlTransport(configuration: configuration.transport(connections: 1)) { _ in }
    } catch {
      throw LedgerTrouble.upload(place(of: day), error.message)
    }
    defer { transport.shutdown() }
    for object in missing {
      try await send(object, of: day, over: transport)
      try await journal.finish(object, of: day)
    }
  }

  private func place(of day: CustodyDay) -> String { "\(client.bucket)/\(key(of: day))" }

  private func key(of day: CustodyDay) -> String {
    "\(configuration.custody?.prefix ?? CustodySettings.defaultPrefix)/\(day.path)"
  }

  private mutating func send(_ object: CustodyObject, of day: CustodyDay, over transport: CurlTransport) async throws {
    let (body, md5) = try await body(of: object, day)
    let key = key(of: day) + "/" + object.name
    let upload = ObjectUpload(
      key: key, size: body.length, sha256: object.sha256, deliveryID: "",
      sourcePath: RelativePath(unchecked: Array(object.name.utf8)), modified: day.closedAt, host: HostName.current,
      contentType: DayObjects.contentType(of: object.name))
    let used: AWSCredentials
    do throws(ServiceFailure) {
      used = try await credentials.credentials()
    } catch {
      throw LedgerTrouble.upload(place(of: day), error.message)
    }
    // Durable before it is sent: what stands there when the answer is lost is known for our own.
    try await journal.attempt(object, of: day)
    var judged = await put(upload, body, md5, used, mayBeThere: object.isAttempted, over: transport)
    if case .failure(let failure) = judged, let wrong = failure.clockOffset {
      offset += wrong
      judged = await put(upload, body, md5, used, mayBeThere: object.isAttempted, over: transport)
    }
    guard case .failure(let failure) = judged else { return }
    if failure.code == "key-conflict" { throw Foreign(key: key) }
    if failure.failureClass == .refresh { await credentials.invalidate(used) }
    throw LedgerTrouble.upload("\(client.bucket)/\(key)", failure.message)
  }

  private mutating func put(
    _ upload: ObjectUpload, _ body: RequestBody, _ md5: MD5Digest?, _ used: AWSCredentials, mayBeThere: Bool,
    over transport: CurlTransport
  ) async -> Result<ObjectReceipt, ServiceFailure> {
    let signedAt = WallClock.now + offset
    let request = client.putObject(upload, body: body, credentials: used, at: signedAt)
    let answer = await Self.perform(request, transport)
    let judged = client.judgePutObject(
      answer, upload: upload, md5: md5, attemptedBefore: mayBeThere, signedAt: signedAt, now: WallClock.now + offset)
    if case .success = judged, case .success(let response) = answer { clock.note(response, now: .now) }
    return judged
  }

  private static func perform(
    _ request: HTTPRequest, _ transport: CurlTransport
  ) async -> Result<HTTPResponse, TransportError> {
    do throws(TransportError) {
      return .success(try await transport.perform(request))
    } catch {
      return .failure(error)
    }
  }

  private func body(of object: CustodyObject, _ day: CustodyDay) async throws -> (RequestBody, MD5Digest?) {
    if let content = object.content { return (.bytes(content), MD5Digest.digest(of: content)) }
    let (file, sum) = try await DayLines(journal: journal, day: day).file(in: directory)
    guard sum.sha256 == object.sha256 else { throw LedgerTrouble.lines(day.closed.day, day.closed.log.text) }
    return (.file(file, offset: 0, length: sum.bytes), sum.md5)
  }
}

extension CustodyDay {
  /// The end of the day.
  var closedAt: Timestamp { Timestamp(milliseconds: (closed.day.daysSinceEpoch + 1) * 86_400_000) }
}

extension Configuration {
  /// For the ledger's bucket. Nothing there is ever replaced, and its objects have no tags.
  func makeLedgerClient() -> S3Client {
    let options = ObjectOptions(
      storageClass: nil, serverSideEncryption: upload.encryption?.rawValue, kmsKeyID: upload.kmsKeyID,
      usesBucketKey: upload.usesBucketKey, acl: upload.acl?.rawValue, writeOnce: true,
      expectedBucketOwner: aws.expectedBucketOwner, requesterPays: aws.requesterPays)
    let bucket = custody?.bucket ?? aws.bucket
    let endpoint = S3Endpoint(endpoint(of: .s3), pathStyle: aws.pathStyle || !BucketName.fitsHostName(bucket))
    return S3Client(
      endpoint: endpoint, region: aws.region, bucket: bucket, options: options, answerTimeout: upload.answerTimeout)
  }
}
