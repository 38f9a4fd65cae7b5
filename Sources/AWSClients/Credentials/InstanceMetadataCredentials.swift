import AWSSigning
import DeliveryModel
import HTTPTransport

/// The role of an EC2 instance, by version 2 of its metadata service alone: each session begins with a token.
///
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
struct InstanceMetadataCredentials: CredentialSource {
  let environment: [String: String]
  let http: any HTTPPerforming

  var name: String { "the EC2 instance's role (metadata service)" }

  /// Where the instance's role cannot be renewed, the metadata service goes on handing out what has run out, and the
  /// services may take it: https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
  var mayOutlast: Bool { true }

  func look() async throws(ServiceFailure) -> SourceAnswer {
    if environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" {
      return .absent("switched off by AWS_EC2_METADATA_DISABLED")
    }
    let base = try base()
    let token: String
    switch await self.token(base) {
    case .success(let text): token = text
    case .failure(let absence): return .absent(absence.reason)
    }
    let place = base + "/latest/meta-data/iam/security-credentials/"
    let list = try await get(place, token)
    if list.status == 404 { return .absent("the instance has no role") }
    let role = String(decoding: list.body, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init)
    guard list.status == 200, let role, let name = BoundedText.token(role, limit: 256), !name.contains("/") else {
      throw temporary("did not tell the role's name (HTTP \(list.status))")
    }
    return .found(try credentials(of: try await get(place + PercentEncoding.component(name), token)))
  }

  private struct Absence: Error { let reason: String }

  /// The session's token. A refusal or silence means that there is no instance, or that it is not for us.
  private func token(_ base: String) async -> Result<String, Absence> {
    let lifetime = HTTPHeader("x-aws-ec2-metadata-token-ttl-seconds", "21600")
    do throws(TransportError) {
      let response = try await MetadataRequest(http: http).send(.put, base + "/latest/api/token", headers: [lifetime])
      let text = String(decoding: response.body, as: UTF8.self)
      guard response.status == 200, let token = BoundedText.token(text, limit: 1024) else {
        return .failure(Absence(reason: "refuses a session (HTTP \(response.status))"))
      }
      return .success(token)
    } catch {
      let hint = error.kind == .timeout ? "; in a container the instance's hop limit must be 2 or more" : ""
      return .failure(Absence(reason: "\(error.message)\(hint)"))
    }
  }

  private func get(_ url: String, _ token: String) async throws(ServiceFailure) -> HTTPResponse {
    do {
      return try await MetadataRequest(http: http).send(
        .get, url, headers: [HTTPHeader("x-aws-ec2-metadata-token", token)])
    } catch {
      throw temporary("does not answer: \(error.message)")
    }
  }

  private func credentials(of response: HTTPResponse) throws(ServiceFailure) -> AWSCredentials {
    let document = CredentialDocument(parsing: response.body)
    if let code = document?["Code"], code != "Success" {
      throw temporary("gives no credentials: \(BoundedText.message(code, limit: 100))")
    }
    let found = document?.credentials(token: "Token")
    if response.status == 200, let document, found == nil { throw temporary(document.fault(token: "Token")) }
    guard response.status == 200, let found, found.sessionToken != nil, found.expiration != nil else {
      throw temporary("answered with something else than credentials (HTTP \(response.status))")
    }
    return found
  }

  /// The service's address, as the variables of the SDKs may change it.
  private func base() throws(ServiceFailure) -> String {
    if let url = environment.filled("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
      guard let endpoint = ServiceEndpoint(url: url) else {
        throw .credentials("instance-metadata", "AWS_EC2_METADATA_SERVICE_ENDPOINT is no URL")
      }
      return endpoint.scheme + "://" + endpoint.host + endpoint.basePath
    }
    let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
    return isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
  }

  /// A fault that may pass by itself.
  private func temporary(_ what: String) -> ServiceFailure {
    let message = BoundedText.cut("the EC2 metadata service \(what)")
    return ServiceFailure(lane: .sts, failureClass: .retry, code: "instance-metadata", message: message)
  }
}
