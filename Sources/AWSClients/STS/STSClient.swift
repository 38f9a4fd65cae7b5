package import AWSSigning
import Cryptography
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
    // Credentials with a token are a role's themselves.
    var parameters = parameters(of: role, isChained: credentials.sessionToken != nil)
    if let externalID = role.externalID { parameters.append(("ExternalId", externalID)) }
    parameters += Self.session(of: role)
    let call = ServiceCall(.assumeRole, on: role.arn)
    return try await self.credentials(for: call, parameters, credentials)
  }

  /// Credentials of the role for the token of an identity provider; needs no credentials and no signature.
  ///
  /// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
  package func assumeRole(
    _ role: RoleSettings, webIdentityToken token: String
  ) async throws(ServiceFailure) -> AWSCredentials {
    let call = ServiceCall(.assumeRoleWithWebIdentity, on: role.arn)
    let parameters = parameters(of: role, isChained: false) + [("WebIdentityToken", token)]
    do throws(ServiceFailure) {
      return try await credentials(for: call, parameters, nil)
    } catch {
      guard error.failureClass == .refresh else { throw error }
      // There is nothing of ours to renew: the token in the file is the old one.
      var failure = error
      failure.failureClass = .blocked
      throw failure
    }
  }

  /// With a role's credentials another role can be had for an hour at most, whatever its own limit.
  ///
  /// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
  private func parameters(of role: RoleSettings, isChained: Bool) -> [(String, String)] {
    let duration = isChained ? min(role.duration, .seconds(3600)) : role.duration
    return [
      ("RoleArn", role.arn), ("RoleSessionName", role.sessionName),
      ("DurationSeconds", String(duration.components.seconds)),
    ]
  }

  /// What marks the session. A token of an identity provider brings its own instead.
  ///
  /// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  private static func session(of role: RoleSettings) -> [(String, String)] {
    var parameters: [(String, String)] = []
    if let identity = role.sourceIdentity { parameters.append(("SourceIdentity", identity)) }
    for (index, tag) in role.tags.enumerated() {
      parameters.append(("Tags.member.\(index + 1).Key", tag.key))
      parameters.append(("Tags.member.\(index + 1).Value", tag.value))
    }
    for (index, tag) in role.tags.filter(\.isTransitive).enumerated() {
      parameters.append(("TransitiveTagKeys.member.\(index + 1)", tag.key))
    }
    return parameters
  }

  /// STS tells by its own clock when they end; what is returned tells it by ours, which may be wrong.
  private func credentials(
    for call: ServiceCall, _ parameters: [(String, String)], _ credentials: AWSCredentials?
  ) async throws(ServiceFailure) -> AWSCredentials {
    let asked = wallClock()
    let (answer, date) = try await answer(to: call, parameters, credentials)
    var found = try Self.credentials(in: answer, call)
    let offset = date.map { Self.offset(of: $0, asked: asked, answered: wallClock()) } ?? .zero
    found.expiration = found.expiration.map { $0 + (.zero - offset) }
    return found
  }

  private static func credentials(
    in answer: XMLAnswer?, _ call: ServiceCall
  ) throws(ServiceFailure) -> AWSCredentials {
    let operation = call.operation.rawValue
    let prefix = "\(operation)Response/\(operation)Result/Credentials/"
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
    let asked = wallClock()
    let (answer, date) = try await answer(to: call, [], credentials)
    let prefix = "GetCallerIdentityResponse/GetCallerIdentityResult/"
    guard let answer, let account = answer[prefix + "Account"], let arn = answer[prefix + "Arn"] else {
      throw Self.unusable(call)
    }
    return CallerIdentity(
      account: BoundedText.message(account), arn: BoundedText.message(arn),
      clockOffset: date.map { Self.offset(of: $0, asked: asked, answered: wallClock()) })
  }

  /// The server's time, which it tells in whole seconds, minus ours; zero where it may be the same.
  private static func offset(of date: Timestamp, asked: Timestamp, answered: Timestamp) -> Duration {
    let latest = date + .seconds(1)
    return latest < asked ? latest - asked : date > answered ? date - answered : .zero
  }

  /// The parsed answer, nil where it is no XML, and the server's time. A clock error is corrected once by the server's time.
  private func answer(
    to call: ServiceCall, _ parameters: [(String, String)], _ credentials: AWSCredentials?
  ) async throws(ServiceFailure) -> (answer: XMLAnswer?, date: Timestamp?) {
    do {
      return try await answer(to: call, parameters, credentials, offset: .zero)
    } catch {
      guard error.failureClass == .skew, let offset = error.clockOffset else { throw error }
      return try await answer(to: call, parameters, credentials, offset: offset)
    }
  }

  private func answer(
    to call: ServiceCall, _ parameters: [(String, String)], _ credentials: AWSCredentials?, offset: Duration
  ) async throws(ServiceFailure) -> (answer: XMLAnswer?, date: Timestamp?) {
    let signedAt = wallClock() + offset
    let request = request(call.operation, parameters, credentials, at: signedAt)
    let response: HTTPResponse
    do {
      response = try await transport.perform(request)
    } catch {
      throw FailureClassifier.classify(call, error: error)
    }
    if response.status == 200 {
      return (XMLAnswer(parsing: response.body), ServiceDate.http(response.header("date")))
    }
    throw FailureClassifier.classify(call, response: response, signedAt: signedAt, now: wallClock() + offset)
  }

  /// What an answer must not bring into a message.
  private static let secretParameters: Set<String> = ["WebIdentityToken", "ExternalId"]

  /// Unsigned without credentials.
  private func request(
    _ operation: ServiceOperation, _ parameters: [(String, String)], _ credentials: AWSCredentials?,
    at moment: Timestamp
  ) -> HTTPRequest {
    let form = ([("Action", operation.rawValue), ("Version", "2011-06-15")] + parameters)
      .map { PercentEncoding.component($0.0) + "=" + PercentEncoding.component($0.1) }.joined(separator: "&")
    let body = Array(form.utf8)
    var headers = [HTTPHeader("content-type", "application/x-www-form-urlencoded; charset=utf-8")]
    let path = endpoint.basePath + "/"
    if let credentials { headers += signature(headers[0], path, body, credentials, moment) }
    var request = HTTPRequest(
      method: .post, url: endpoint.scheme + "://" + endpoint.host + path, headers: headers, body: .bytes(body),
      answerTimeout: .seconds(30))
    request.secrets = parameters.filter { Self.secretParameters.contains($0.0) }.map(\.1)
    request.answerIsSecret = operation != .getCallerIdentity
    return request
  }

  private func signature(
    _ type: HTTPHeader, _ path: String, _ body: [UInt8], _ credentials: AWSCredentials, _ moment: Timestamp
  ) -> [HTTPHeader] {
    var signer = RequestSigner(
      service: "sts", region: region, normalizesPath: true, doubleEncodesPath: true, signsContentHash: false)
    let signable = SignableRequest(
      method: "POST", path: path, headers: [("host", endpoint.host), (type.name, type.value)],
      payload: .digest(SHA256.digest(of: body)))
    return signer.sign(signable, credentials: credentials, at: moment).map { HTTPHeader($0.name, $0.value) }
  }

  private static func unusable(_ call: ServiceCall) -> ServiceFailure {
    ServiceFailure(
      lane: .sts, failureClass: .retry, code: "unparsable-answer",
      message: "STS answered \(call.operation.rawValue) with success that cannot be read", status: 200)
  }
}
