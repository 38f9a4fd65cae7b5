import AWSSigning
import DeliveryModel
import HTTPTransport

/// The role of a container: of an ECS task, or of EKS Pod Identity.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
struct ContainerCredentials: CredentialSource {
  let environment: [String: String]
  let http: any HTTPPerforming

  var name: String { "the container's role (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, _FULL_URI)" }

  /// Where a relative URI is found.
  private static let host = "http://169.254.170.2"
  /// The hosts besides this machine that plain HTTP may go to: ECS, and EKS over IPv4 and IPv6.
  private static let plainHosts = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]

  func look() async throws(ServiceFailure) -> SourceAnswer {
    guard let url = try url() else { return .absent("not set") }
    let headers = try authorization().map { [HTTPHeader("authorization", $0)] } ?? []
    let response: HTTPResponse
    do {
      response = try await MetadataRequest(http: http, limit: .seconds(5)).send(.get, url, headers: headers)
    } catch {
      throw temporary("the container's credential endpoint does not answer: \(error.message)")
    }
    guard response.status == 200 else {
      throw temporary("the container's credential endpoint answered with HTTP \(response.status)")
    }
    let document = CredentialDocument(parsing: response.body)
    let found = document?.credentials(token: "Token")
    if let document, found == nil {
      throw temporary("the container's credential endpoint \(document.fault(token: "Token"))")
    }
    guard let found, found.sessionToken != nil, found.expiration != nil else {
      throw temporary("the container's credential endpoint answered with something else than credentials")
    }
    return .found(found)
  }

  private func url() throws(ServiceFailure) -> String? {
    if let path = environment.filled("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
      guard path.hasPrefix("/"), Self.isURLText(path) else {
        throw .credentials("container", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path that begins with /")
      }
      return Self.host + path
    }
    guard let url = environment.filled("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
    guard Self.isAllowed(url) else {
      throw .credentials(
        "container",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that credentials are not taken from: https to any host, or http"
          + " to this machine, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]")
    }
    return url
  }

  static func isAllowed(_ url: String) -> Bool {
    guard isURLText(url), let mark = url.firstRange(of: "://") else { return false }
    // The query and the fragment are no part of an endpoint.
    let base = url.prefix { $0 != "?" && $0 != "#" }
    let authority = base[mark.upperBound...].prefix { $0 != "/" }
    guard let endpoint = ServiceEndpoint(url: String(base[..<mark.upperBound]) + authority) else { return false }
    let host = endpoint.hostName
    let isHere =
      host == "localhost" || host == "[::1]" || host.hasPrefix("127.") && endpoint.isAddress
    return endpoint.scheme == "https" || isHere || plainHosts.contains(String(host))
  }

  /// The token of the file, which is replaced from time to time, else that of the environment.
  private func authorization() throws(ServiceFailure) -> String? {
    if let file = environment.filled("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
      return try CredentialFiles.line(of: file, what: "the container's token file", limit: 20_000)
    }
    guard let token = environment.filled("AWS_CONTAINER_AUTHORIZATION_TOKEN") else { return nil }
    guard token.utf8.allSatisfy({ 0x20...0x7e ~= $0 }) else {
      throw .credentials("container", "AWS_CONTAINER_AUTHORIZATION_TOKEN holds characters that no header can have")
    }
    return token
  }

  private static func isURLText(_ text: String) -> Bool {
    text.utf8.allSatisfy { 0x21...0x7e ~= $0 }
  }

  /// A fault that may pass by itself.
  private func temporary(_ message: String) -> ServiceFailure {
    ServiceFailure(lane: .sts, failureClass: .retry, code: "container", message: BoundedText.cut(message))
  }
}
