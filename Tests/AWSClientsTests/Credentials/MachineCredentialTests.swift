import AWSSigning
import DeliveryModel
import HTTPTransport
import TestSupport
import Testing

@testable import AWSClients

@Suite("Credentials of the container, the instance and a web identity")
struct MachineCredentialTests {
  private let found = """
    {"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"s","Token":"t","Expiration":"2026-11-24T11:42:07Z"}
    """

  private func container(_ environment: [String: String], _ transport: ScriptedTransport) async throws -> SourceAnswer {
    try await ContainerCredentials(environment: environment, http: transport).look()
  }

  private var expected: SourceAnswer {
    .found(
      AWSCredentials(
        accessKeyID: "ASIA", secretAccessKey: "s", sessionToken: "t",
        expiration: Timestamp(milliseconds: 1_795_520_527_000)))
  }

  @Test("a relative URI is asked of ECS's address and comes before a full one")
  func relative() async throws {
    let transport = ScriptedTransport([.success(answer(200, [:], found))])
    let environment = [
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/7?a=b",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc",
    ]
    #expect(try await container(environment, transport) == expected)
    #expect(transport.requests.map(\.url) == ["http://169.254.170.2/v2/credentials/7?a=b"])
    #expect(transport.requests.first?.header("authorization") == "Basic abc")
  }

  @Test("the token file is read anew for each request and comes before the variable")
  func tokenFile() async throws {
    let directory = try TemporaryDirectory()
    let environment = [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": directory.path + "/token",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN": "other",
    ]
    let transport = ScriptedTransport([.success(answer(200, [:], found)), .success(answer(200, [:], found))])
    for token in ["first", "second"] {
      try directory.write(token + "\n", to: "token")
      _ = try await container(environment, transport)
      #expect(transport.requests.last?.header("authorization") == token)
    }
  }

  @Test(
    "plain http goes to the known addresses only",
    arguments: [
      ("http://127.0.0.1:80/x", true), ("http://127.9.9.9/x", true), ("http://localhost/x", true),
      ("http://[::1]:1/x?q=1", true), ("http://169.254.170.2/x", true), ("http://169.254.170.23/x", true),
      ("http://[fd00:ec2::23]/x", true), ("https://anywhere.example.org/x", true), ("http://example.org/x", false),
      ("http://169.254.169.254/x", false), ("http://127.0.0.1.example.org/x", false), ("http://u@127.0.0.1/x", false),
      ("ftp://127.0.0.1/x", false), ("http://127.0.0.1/ x", false), ("127.0.0.1", false),
    ])
  func hosts(_ url: String, _ isAllowed: Bool) async throws {
    #expect(ContainerCredentials.isAllowed(url) == isAllowed)
    guard !isAllowed else { return }
    let transport = ScriptedTransport([])
    await #expect(throws: ServiceFailure.self) {
      try await container(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], transport)
    }
    #expect(transport.requests.isEmpty)
  }

  @Test(
    "an endpoint that is in use and does not give credentials is a fault that may pass",
    arguments: [
      answer(500), answer(200, [:], "<html>"), answer(200, [:], "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}"),
    ])
  func containerFaults(_ response: HTTPResponse) async {
    let failure = await #expect(throws: ServiceFailure.self) {
      try await container(
        ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"], ScriptedTransport([.success(response)]))
    }
    #expect(failure?.failureClass == .retry)
  }

  private func instance(
    _ environment: [String: String], _ transport: ScriptedTransport
  ) async throws -> SourceAnswer {
    try await InstanceMetadataCredentials(environment: environment, http: transport).look()
  }

  @Test("the instance is asked for a token first, then for the role's name, then for its credentials")
  func metadata() async throws {
    let transport = ScriptedTransport([
      .success(answer(200, [:], "TOKEN==")), .success(answer(200, [:], "role name\nother\n")),
      .success(answer(200, [:], found)),
    ])
    // A role's name has no space: what is no name is refused.
    await #expect(throws: ServiceFailure.self) { try await instance([:], transport) }
    let good = ScriptedTransport([
      .success(answer(200, [:], "TOKEN==")), .success(answer(200, [:], "web+role@x")),
      .success(answer(200, [:], found)),
    ])
    #expect(try await instance([:], good) == expected)
    #expect(
      good.requests.map { "\($0.method.rawValue) \($0.url)" } == [
        "PUT http://169.254.169.254/latest/api/token",
        "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/web%2Brole%40x",
      ])
    #expect(good.requests[0].header("x-aws-ec2-metadata-token-ttl-seconds") == "21600")
    #expect(good.requests[1].header("x-aws-ec2-metadata-token") == "TOKEN==")
  }

  @Test("without a token nothing more is asked: version 1 of the service is never used")
  func noToken() async throws {
    for refusal in [400, 403, 404, 405] {
      let transport = ScriptedTransport([.success(answer(refusal))])
      let found = try await instance([:], transport)
      #expect(found == .absent("refuses a session (HTTP \(refusal))"))
      #expect(transport.requests.count == 1)
    }
    let silent = ScriptedTransport([.failure(TransportError(kind: .timeout, message: "no answer"))])
    guard case .absent(let reason) = try await instance([:], silent) else {
      Issue.record("silence is no credentials")
      return
    }
    #expect(reason.contains("hop limit"))
  }

  @Test("the variables switch it off, move it, and choose IPv6")
  func variables() async throws {
    let none = ScriptedTransport([])
    #expect(
      try await instance(["AWS_EC2_METADATA_DISABLED": "TRUE"], none)
        == .absent("switched off by AWS_EC2_METADATA_DISABLED"))
    #expect(none.requests.isEmpty)
    for (variable, value, prefix) in [
      ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9/", "http://127.0.0.1:9/latest/"),
      ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6", "http://[fd00:ec2::254]/latest/"),
    ] {
      let transport = ScriptedTransport([.success(answer(403))])
      _ = try await instance([variable: value], transport)
      #expect(transport.requests.first?.url.hasPrefix(prefix) == true)
    }
  }

  @Test("a web identity is told to STS without a signature; its token never appears in a failure")
  func webIdentity() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("canary.jwt.token\n", to: "jwt")
    let session =
      "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA</AccessKeyId>"
      + "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-24T11:42:07Z</Expiration>"
      + "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    let expired =
      "<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>old</Message></Error></ErrorResponse>"
    let transport = ScriptedTransport([.success(answer(200, [:], session)), .success(answer(400, [:], expired))])
    let sts = STSClient(
      endpoint: ServiceEndpoint(of: .sts, region: "eu-south-1"), region: "eu-south-1", transport: transport,
      wallClock: { signedAt })
    let source = WebIdentityCredentials(
      environment: [
        "AWS_WEB_IDENTITY_TOKEN_FILE": directory.path + "/jwt", "AWS_ROLE_ARN": "arn:r",
        "AWS_ROLE_SESSION_NAME": "pod 1",
      ], sts: sts)
    #expect(try await source.look() == expected)
    let request = try #require(transport.requests.first)
    #expect(request.header("authorization") == nil)
    #expect(request.text.contains("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar"))
    #expect(
      request.text.contains("RoleSessionName=pod-1") && request.text.contains("WebIdentityToken=canary.jwt.token"))
    let failure = await #expect(throws: ServiceFailure.self) { try await source.look() }
    #expect(failure?.failureClass == .blocked)
    #expect(failure?.message.contains("canary") == false)
  }

  @Test(
    "a document of the container or the instance that cannot be used is reported with its member",
    arguments: [
      (
        #"{"AccessKeyId":"A","SecretAccessKey":"can\nary","Token":"t","Expiration":"2026-11-24T11:42:07Z"}"#,
        "SecretAccessKey holds a line break"
      ),
      (
        #"{"AccessKeyId":"A","SecretAccessKey":"s","Token":"can ary","Expiration":"2026-11-24T11:42:07Z"}"#,
        "Token holds a space"
      ),
      (#"{"AccessKeyId":"A","Token":"t","Expiration":"2026-11-24T11:42:07Z"}"#, "no usable SecretAccessKey"),
      (#"{"AccessKeyId":"A","SecretAccessKey":"s","Token":"t","Expiration":"canary"}"#, "no usable Expiration"),
    ])
  func malformed(document: String, expected: String) async throws {
    let transport = ScriptedTransport([.success(answer(200, [:], document))])
    let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/x"]
    let failure = await #expect(throws: ServiceFailure.self) { try await container(environment, transport) }
    #expect(failure?.message.hasSuffix(expected) == true, "\(String(describing: failure))")
    #expect(failure?.message.contains("can") == false)
  }
}
