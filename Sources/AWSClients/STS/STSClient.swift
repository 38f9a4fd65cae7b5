package import AWSSigning
package import DeliveryModel
import HTTPTransport

/// The Security Token Service: turns long-lived credentials into those of a role, for a while.
///
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
package struct STSClient: Sendable {
  private let endpoint: ServiceEndpoint
  private let region: String
  private let transport: any HTTPPerforming
  private let wallClock: @Sendable () -> Timestamp

  /// `wallClock` signs: it may be corrected by what other services told about our clock.
  package init(
    endpoint: ServiceEndpoint, region: String, transport: any HTTPPerforming,
    wallClock: @escaping @Sendable () -> Timestamp
  ) {
    self.endpoint = endpoint
    self.region = region
    self.transport = transport
    self.wallClock = wallClock
  }

  /// Credentials of the role; throws a classified failure. Ends early with the calling task.
  package func assumeRole(
    _ role: RoleSettings, using credentials: AWSCredentials
  ) async throws(ServiceFailure) -> AWSCredentials {
    var parameters = [
      ("RoleArn", role.arn), ("RoleSessionName", role.sessionName),
      ("DurationSeconds", String(role.duration.components.seconds)),
    ]
    if let externalID = role.externalID { parameters.append(("ExternalId", externalID)) }
    let call = ServiceCall(.assumeRole, on: role.arn)
    let answer = try await answer(to: call, parameters, credentials)
    let prefix = "AssumeRoleResponse/AssumeRoleResult/Credentials/"
    guard let answer, let key = BoundedText.token(answer[prefix + "AccessKeyId"], limit: 256),
      let secret = BoundedText.token(answer[prefix + "SecretAccessKey"], limit: 1024),
      let token = BoundedText.token(answer[prefix + "SessionToken"], limit: 16_384),
      let expiration = ServiceDate.iso8601(answer[prefix + "Expiration"])
    else { throw unusable(call) }
    return AWSCredentials(
      accessKeyID: key, secretAccessKey: secret, sessionToken: token, expiration: expiration)
  }

  /// Whose credentials these are. Needs no permission.
  package func getCallerIdentity(using credentials: AWSCredentials) async throws(ServiceFailure) -> CallerIdentity {
    let call = ServiceCall(.getCallerIdentity, on: endpoint.host)
    let answer = try await answer(to: call, [], credentials)
    let prefix = "GetCallerIdentityResponse/GetCallerIdentityResult/"
    guard let answer, let account = answer[prefix + "Account"], let arn = answer[prefix + "Arn"] else {
      throw unusable(call)
    }
    return CallerIdentity(
      account: BoundedText.message(account), arn: BoundedText.message(arn),
      userID: BoundedText.message(answer[prefix + "UserId"] ?? ""))
  }

  /// The parsed answer, nil where it is no XML. A clock error is corrected once by the server's time.
  private func answer(
    to call: ServiceCall, _ parameters: [(String, String)], _ credentials: AWSCredentials
  ) async throws(ServiceFailure) -> XMLAnswer? {
    do {
      return try await answer(to: call, parameters, credentials, offset: .zero)
    } catch {
      guard error.failureClass == .skew, let offset = error.clockOffset else { throw error }
      return try await answer(to: call, parameters, credentials, offset: offset)
    }
  }

  private func answer(
    to call: ServiceCall, _ parameters: [(String, String)], _ credentials: AWSCredentials, offset: Duration
  ) async throws(ServiceFailure) -> XMLAnswer? {
    let signedAt = wallClock() + offset
    let request = request(call.operation, parameters, credentials, at: signedAt)
    let response: HTTPResponse
    do {
      response = try await transport.perform(request)
    } catch {
      throw FailureClassifier.classify(call, error: error)
    }
    if response.status == 200 { return XMLAnswer(parsing: response.body) }
    throw FailureClassifier.classify(call, response: response, signedAt: signedAt, now: wallClock() + offset)
  }

  private func request(
    _ operation: ServiceOperation, _ parameters: [(String, String)], _ credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let form = ([("Action", operation.rawValue), ("Version", "2011-06-15")] + parameters)
      .map { PercentEncoding.component($0.0) + "=" + PercentEncoding.component($0.1) }.joined(separator: "&")
    let type = HTTPHeader("content-type", "application/x-www-form-urlencoded; charset=utf-8")
    var signer = RequestSigner(
      service: "sts", region: region, normalizesPath: true, doubleEncodesPath: true, signsContentHash: false)
    let path = endpoint.basePath + "/"
    let signable = SignableRequest(
      method: "POST", path: path, headers: [("host", endpoint.host), (type.name, type.value)],
      payload: .digest(SHA256.digest(of: Array(form.utf8))))
    let added = signer.sign(signable, credentials: credentials, at: moment).map { HTTPHeader($0.name, $0.value) }
    return HTTPRequest(
      method: .post, url: endpoint.scheme + "://" + endpoint.host + path, headers: [type] + added,
      body: .bytes(Array(form.utf8)))
  }

  private func unusable(_ call: ServiceCall) -> ServiceFailure {
    ServiceFailure(
      lane: .sts, failureClass: .retry, code: "unparsable-answer",
      message: "STS answered \(call.operation.rawValue) with success that cannot be read", status: 200)
  }
}
