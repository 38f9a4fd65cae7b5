import AWSClients
import AWSSigning
package import DaemonConfiguration
import DeliveryModel
import HTTPTransport
import SystemSupport

/// `check --online`: proves, with the rights of `run` and no others, that credentials, bucket and table work.
package struct OnlineCheck: Sendable {
  /// One thing that was tried.
  package struct Finding: Sendable, Equatable {
    package var subject: String
    package var isGood: Bool
    package var detail: String

    /// For the person.
    package var line: String { "\(isGood ? "ok     " : "FAILED ") \(subject): \(detail)" }
  }

  private let configuration: Configuration
  private let environment: [String: String]

  package init(_ configuration: Configuration, environment: [String: String]) {
    self.configuration = configuration
    self.environment = environment
  }

  /// Tries one after the other and says what each gave; stops where the rest would fail for the same reason.
  package func run() async -> [Finding] {
    do {
      let transport = try CurlTransport(configuration: configuration.transport) { _ in }
      defer { transport.shutdown() }
      return await run(over: transport)
    } catch {
      return [Finding(subject: "network", isGood: false, detail: error.message)]
    }
  }

  private func run(over transport: CurlTransport) async -> [Finding] {
    let provider = configuration.makeCredentialProvider(
      environment: environment, transport: transport, wallClock: { WallClock.now })
    let credentials: AWSCredentials
    do throws(ServiceFailure) {
      credentials = try await provider.credentials()
    } catch {
      return [Finding(subject: "credentials", isGood: false, detail: error.message)]
    }
    let who = configuration.aws.role.map { "assumed \($0.arn)" } ?? "found"
    var findings = [Finding(subject: "credentials", isGood: true, detail: who)]
    findings.append(await checkBucket(credentials, transport))
    findings.append(await checkTable(credentials, transport))
    return findings
  }

  /// A small object of a name of its own: S3 offers no way to prove a right to write without writing.
  private func checkBucket(_ credentials: AWSCredentials, _ transport: CurlTransport) async -> Finding {
    let bytes = Array("Written by s3loggerd check --online to prove that s3:PutObject is allowed.\n".utf8)
    let now = WallClock.now
    let upload = ObjectUpload(
      key: Self.probeKey, size: Int64(bytes.count), sha256: SHA256.digest(of: bytes), deliveryID: "check",
      sourcePath: RelativePath(unchecked: Array("check".utf8)), modified: now, host: HostName.current,
      contentType: "text/plain")
    var client = configuration.makeS3Client()
    let request = client.putObject(upload, body: .bytes(bytes), credentials: credentials, at: now)
    let result = await perform(request, transport)
    let subject = "s3:PutObject on \(configuration.aws.bucket)/\(Self.probeKey)"
    let judged = client.judgePutObject(result, upload: upload, attemptedBefore: true, signedAt: now, now: WallClock.now)
    switch judged {
    case .success:
      return Finding(subject: subject, isGood: true, detail: "allowed; the object stays as the trace of this check")
    case .failure(let failure): return Finding(subject: subject, isGood: false, detail: failure.message)
    }
  }

  /// A conditional write whose condition cannot hold: allowed means refused by the condition, and nothing is written.
  private func checkTable(_ credentials: AWSCredentials, _ transport: CurlTransport) async -> Finding {
    var client = configuration.makeDynamoDBClient()
    let now = WallClock.now
    let request = client.probe(credentials: credentials, at: now)
    let result = await perform(request, transport)
    let subject = "dynamodb:PutItem on \(configuration.aws.table)"
    switch client.judgeProbe(result, signedAt: now, now: WallClock.now) {
    case .success: return Finding(subject: subject, isGood: true, detail: "allowed; nothing was written")
    case .failure(let failure): return Finding(subject: subject, isGood: false, detail: failure.message)
    }
  }

  private func perform(
    _ request: HTTPRequest, _ transport: CurlTransport
  ) async -> Result<HTTPResponse, TransportError> {
    do throws(TransportError) {
      return .success(try await transport.perform(request))
    } catch {
      return .failure(error)
    }
  }

  /// The name of the object that the check leaves.
  static let probeKey = "s3loggerd-check"
}
