import AWSClients
import AWSSigning
import ConfiguredClients
import Cryptography
import DaemonConfiguration
import DeliveryModel
import HTTPTransport
import SystemSupport

/// The auditor's connection to S3 and DynamoDB, with the auditor's credentials.
struct AuditSession: Sendable {
  let dynamodb: DynamoDBClient
  let s3: S3Client
  private let transport: CurlTransport
  private let cache: CredentialCache

  /// What passes by itself is tried again, so that one lost connection does not end an audit of a million records.
  private static let attempts = 6
  private static let schedule = RetrySchedule(base: .milliseconds(200), cap: .seconds(10))

  init(_ configuration: Configuration, environment: [String: String]) throws(AuditError) {
    do {
      transport = try CurlTransport(configuration: configuration.transport()) { _ in }
    } catch {
      throw .failed(error.message)
    }
    let settings = CredentialSettings(
      profile: configuration.audit.profile, role: configuration.audit.role.map(AWSClients.RoleSettings.init))
    let provider = settings.provider(configuration.means(environment, transport) { WallClock.now })
    cache = CredentialCache(provider, wallClock: { WallClock.now })
    dynamodb = configuration.makeDynamoDBClient()
    s3 = configuration.makeS3Client()
  }

  func close() { transport.shutdown() }

  /// Why there is no answer that counts.
  enum Refusal: Error {
    /// There are no credentials, so that nothing can be asked.
    case credentials(ServiceFailure)
    /// This one request failed, again and again where that may pass.
    case request(ServiceFailure)

    /// Where the whole audit depends on the answer.
    var error: AuditError {
      switch self {
      case .credentials(let failure), .request(let failure): .failed(failure.message)
      }
    }
  }

  /// Sends a request until there is an answer that counts. `build` signs it anew each time; both are given the moment.
  func ask<Answer: Sendable>(
    _ build: (AWSCredentials, Timestamp) -> HTTPRequest,
    judge: (Result<HTTPResponse, TransportError>, Timestamp) -> Result<Answer, ServiceFailure>
  ) async throws(Refusal) -> Answer {
    var offset = Duration.zero
    var attempt = 0
    while true {
      attempt += 1
      let refusal: Refusal
      let failure: ServiceFailure
      do throws(ServiceFailure) {
        let credentials = try await cache.credentials()
        let signedAt = WallClock.now + offset
        switch judge(await perform(build(credentials, signedAt)), signedAt) {
        case .success(let answer): return answer
        case .failure(let reason): (failure, refusal) = (reason, .request(reason))
        }
        if failure.failureClass == .refresh { await cache.invalidate(credentials) }
      } catch {
        (failure, refusal) = (error, .credentials(error))
      }
      guard attempt < Self.attempts, Self.mayPass(failure) else { throw refusal }
      offset = failure.clockOffset ?? offset
      let delay = Self.schedule.delay(
        afterFailures: attempt, random: Double.random(in: 0.5..<1), retryAfter: failure.retryAfter)
      await Pause.last(delay)
    }
  }

  private static func mayPass(_ failure: ServiceFailure) -> Bool {
    switch failure.failureClass {
    case .retry, .throttle, .skew, .refresh: true
    default: false
    }
  }

  private func perform(_ request: HTTPRequest) async -> Result<HTTPResponse, TransportError> {
    do throws(TransportError) {
      return .success(try await transport.perform(request))
    } catch {
      return .failure(error)
    }
  }
}

// MARK: - Records

extension AuditSession {
  /// Every page of every query, one after the other, without more in memory than one.
  func eachPage(
    of queries: [RecordQuery], countOnly: Bool = false, _ body: (RecordPage) async throws(AuditError) -> Void
  ) async throws(AuditError) {
    for query in queries {
      var position: RecordPage.Position?
      repeat {
        let page = try await page(of: query, after: position, countOnly: countOnly)
        try await body(page)
        position = page.next
      } while position != nil
    }
  }
}

extension AuditSession {
  private func page(
    of query: RecordQuery, after start: RecordPage.Position?, countOnly: Bool
  ) async throws(AuditError) -> RecordPage {
    do throws(Refusal) {
      return try await ask { credentials, moment in
        var client = dynamodb
        return client.page(of: query, after: start, countOnly: countOnly, credentials: credentials, at: moment)
      } judge: { result, signedAt in
        dynamodb.judgePage(result, of: query, signedAt: signedAt, now: WallClock.now)
      }
    } catch {
      throw error.error
    }
  }
}

// MARK: - Objects

extension AuditSession {
  /// What S3 knows about an object; nil where it is not there.
  func object(_ version: ObjectVersion) async throws(Refusal) -> StoredObject? {
    do throws(Refusal) {
      return try await ask { credentials, moment in
        var client = s3
        return client.headObject(version, credentials: credentials, at: moment)
      } judge: { result, signedAt in
        s3.judgeHeadObject(result, signedAt: signedAt, now: WallClock.now)
      }
    } catch {
      guard case .request(let failure) = error, failure.code == S3Client.unconfirmed else { throw error }
      return try await confirmed(version, failure)
    }
  }

  /// What an answer to HEAD left open: that to GET names the error, if it is S3's.
  private func confirmed(_ version: ObjectVersion, _ failure: ServiceFailure) async throws(Refusal) -> StoredObject? {
    do throws(Refusal) {
      _ = try await bytes(of: version, etag: "none", offset: 0, length: 1)
    } catch {
      if case .request(let failure) = error, UnreadObject.isMissing(failure) { return nil }
      if case .request(let failure) = error, ServiceMark.isOn(failure), failure.status == 403 { throw error }
    }
    throw .request(failure)
  }

  /// Bytes asked for at once: what one object needs in memory.
  private static let slice: Int64 = 8 << 20

  /// Reads an object and hashes it.
  func digest(
    _ version: ObjectVersion, _ object: StoredObject, read: @Sendable (Int) -> Void
  ) async throws(Refusal) -> SHA256Digest {
    var hasher = SHA256Hasher()
    var offset: Int64 = 0
    while offset < object.size {
      let (start, length) = (offset, min(Self.slice, object.size - offset))
      let bytes = try await bytes(of: version, etag: object.etag, offset: start, length: length)
      bytes.withUnsafeBytes { hasher.update($0) }
      offset += length
      read(bytes.count)
    }
    return hasher.finalize()
  }

  private func bytes(
    of version: ObjectVersion, etag: String, offset: Int64, length: Int64
  ) async throws(Refusal) -> [UInt8] {
    try await ask { credentials, moment in
      var client = s3
      return client.getObject(
        version, etag: etag, offset: offset, length: length, credentials: credentials, at: moment)
    } judge: { result, signedAt in
      s3.judgeGetObject(result, length: length, signedAt: signedAt, now: WallClock.now)
    }
  }
}
