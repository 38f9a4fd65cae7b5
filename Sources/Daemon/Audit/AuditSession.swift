import AWSClients
import AWSSigning
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

  /// Sends a request until there is an answer that counts. `build` signs it anew each time; both are given the moment.
  func ask<Answer: Sendable>(
    _ build: (AWSCredentials, Timestamp) -> HTTPRequest,
    judge: (Result<HTTPResponse, TransportError>, Timestamp) -> Result<Answer, ServiceFailure>
  ) async throws(AuditError) -> Answer {
    var offset = Duration.zero
    for attempt in 1... {
      let failure: ServiceFailure
      do throws(ServiceFailure) {
        let credentials = try await cache.credentials()
        let signedAt = WallClock.now + offset
        switch judge(await perform(build(credentials, signedAt)), signedAt) {
        case .success(let answer): return answer
        case .failure(let reason): failure = reason
        }
        if failure.failureClass == .refresh { await cache.invalidate(credentials) }
      } catch {
        failure = error
      }
      guard attempt < Self.attempts, Self.mayPass(failure) else { throw .failed(failure.message) }
      offset = failure.clockOffset ?? offset
      let delay = Self.schedule.delay(
        afterFailures: attempt, random: Double.random(in: 0.5..<1), retryAfter: failure.retryAfter)
      await Pause.last(delay)
    }
    throw .failed("not asked")
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
        let start = position
        let page = try await ask { credentials, moment in
          var client = dynamodb
          return client.page(of: query, after: start, countOnly: countOnly, credentials: credentials, at: moment)
        } judge: { result, signedAt in
          dynamodb.judgePage(result, of: query, signedAt: signedAt, now: WallClock.now)
        }
        try await body(page)
        position = page.next
      } while position != nil
    }
  }
}

// MARK: - Objects

extension AuditSession {
  /// What S3 knows about an object; nil where it is not there.
  func object(_ version: ObjectVersion) async throws(AuditError) -> StoredObject? {
    try await ask { credentials, moment in
      var client = s3
      return client.headObject(version, credentials: credentials, at: moment)
    } judge: { result, signedAt in
      s3.judgeHeadObject(result, signedAt: signedAt, now: WallClock.now)
    }
  }

  /// Bytes asked for at once: what one object needs in memory.
  private static let slice: Int64 = 8 << 20

  /// Reads an object and hashes it.
  func digest(
    _ version: ObjectVersion, _ object: StoredObject, read: @Sendable (Int) -> Void
  ) async throws(AuditError) -> SHA256Digest {
    var hasher = SHA256Hasher()
    var offset: Int64 = 0
    while offset < object.size {
      let (start, length) = (offset, min(Self.slice, object.size - offset))
      let bytes = try await ask { credentials, moment in
        var client = s3
        return client.getObject(
          version, etag: object.etag, offset: start, length: length, credentials: credentials, at: moment)
      } judge: { result, signedAt in
        s3.judgeGetObject(result, length: length, signedAt: signedAt, now: WallClock.now)
      }
      bytes.withUnsafeBytes { hasher.update($0) }
      offset += length
      read(bytes.count)
    }
    return hasher.finalize()
  }
}
