import AWSSigning
import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("STS")
struct STSClientTests {
  private let role = RoleSettings(
    arn: "arn:aws:iam::123456789012:role/up", externalID: "a&b", sessionName: "server1", duration: .seconds(900))

  private func client(_ transport: ScriptedTransport, _ clock: ManualClock = ManualClock()) -> STSClient {
    STSClient(
      endpoint: ServiceEndpoint(of: .sts, region: "eu-south-1"), region: "eu-south-1", transport: transport,
      wallClock: { clock.now })
  }

  private let success = answer(
    200, [:],
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
      + "<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t/+=</SessionToken>"
      + "<Expiration>2026-11-24T11:42:07Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>")

  @Test("a role is assumed with its external id, session name and duration")
  func assumeRole() async throws {
    let transport = ScriptedTransport([.success(success)])
    let credentials = try await client(transport).assumeRole(role, using: sampleCredentials)
    #expect(
      credentials
        == AWSCredentials(
          accessKeyID: "ASIA1", secretAccessKey: "s", sessionToken: "t/+=", expiration: signedAt + .seconds(3600)))
    let request = try #require(transport.requests.first)
    #expect(request.url == "https://sts.eu-south-1.amazonaws.com/")
    #expect(
      request.text == "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fup"
        + "&RoleSessionName=server1&DurationSeconds=900&ExternalId=a%26b")
    #expect(request.header("authorization")?.contains("/eu-south-1/sts/aws4_request") == true)
  }

  @Test("a session has its source identity and tags, but not where a token brings its own")
  func markedSession() async throws {
    var marked = role
    marked.sourceIdentity = "filer@example.org"
    marked.tags = [
      RoleSettings.SessionTag(key: "Cost Center", value: "à&b"),
      RoleSettings.SessionTag(key: "Office", value: "", isTransitive: true),
    ]
    let transport = ScriptedTransport([.success(success), .success(answer(403, [:], ""))])
    _ = try await client(transport).assumeRole(marked, using: sampleCredentials)
    let sent = try #require(transport.requests.first).text
    #expect(
      sent.hasSuffix(
        "&ExternalId=a%26b&SourceIdentity=filer%40example.org&Tags.member.1.Key=Cost%20Center"
          + "&Tags.member.1.Value=%C3%A0%26b&Tags.member.2.Key=Office&Tags.member.2.Value="
          + "&TransitiveTagKeys.member.1=Office"), "\(sent)")
    _ = try? await client(transport).assumeRole(marked, webIdentityToken: "token")
    #expect(transport.requests.last?.text.contains("Tag") == false)
    #expect(transport.requests.last?.text.contains("SourceIdentity") == false)
  }

  @Test("a refusal names the role; an answer without credentials is retried")
  func refusals() async {
    let body = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
    let transport = ScriptedTransport([.success(answer(403, [:], body)), .success(answer(200, [:], "<a/>"))])
    let client = client(transport)
    let refused = await #expect(throws: ServiceFailure.self) {
      try await client.assumeRole(role, using: sampleCredentials)
    }
    #expect(refused?.failureClass == .blocked)
    #expect(refused?.message == "STS refuses sts:AssumeRole on arn:aws:iam::123456789012:role/up (AccessDenied)")
    let unusable = await #expect(throws: ServiceFailure.self) {
      try await client.assumeRole(role, using: sampleCredentials)
    }
    #expect(unusable?.failureClass == .retry)
  }

  @Test("a wrong clock is corrected once by the server's date")
  func skew() async throws {
    let body = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>"
    let wrong = answer(403, ["date": "Tue, 24 Nov 2026 12:42:07 GMT"], body)
    let transport = ScriptedTransport([.success(wrong), .success(success)])
    _ = try await client(transport).assumeRole(role, using: sampleCredentials)
    #expect(transport.requests.map { $0.header("x-amz-date") } == ["20261124T104207Z", "20261124T124207Z"])
    let hopeless = ScriptedTransport([.success(wrong), .success(wrong), .success(success)])
    await #expect(throws: ServiceFailure.self) { try await client(hopeless).assumeRole(role, using: sampleCredentials) }
    #expect(hopeless.requests.count == 2)
  }

  @Test(
    "the end of credentials is waited for by our clock, however wrong it is",
    arguments: [
      ("Tue, 24 Nov 2026 10:42:07 GMT", 3600), ("Tue, 24 Nov 2026 12:42:07 GMT", -3600),
      ("Tue, 24 Nov 2026 08:42:08 GMT", 3600 + 7198), ("yesterday", 3600),
    ])
  func expirationByOurClock(_ date: String, _ seconds: Int) async throws {
    var dated = success
    dated.headers = [HTTPHeader("date", date)]
    let credentials = try await client(ScriptedTransport([.success(dated)])).assumeRole(role, using: sampleCredentials)
    #expect(credentials.expiration == signedAt + .seconds(seconds))
  }

  @Test("the caller's identity is read")
  func identity() async throws {
    let body =
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:a</Arn><UserId>U</UserId><Account>1</Account>"
      + "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    let transport = ScriptedTransport([.success(answer(200, [:], body))])
    let identity = try await client(transport).getCallerIdentity(using: sampleCredentials)
    #expect(identity == CallerIdentity(account: "1", arn: "arn:a"))
  }

  @Test(
    "the server's time, told in whole seconds, is compared with ours",
    arguments: [
      ("Tue, 24 Nov 2026 10:42:07 GMT", 0), ("Tue, 24 Nov 2026 10:42:06 GMT", 0), ("Tue, 24 Nov 2026 10:42:00 GMT", -6),
      ("Tue, 24 Nov 2026 10:43:07 GMT", 60),
    ])
  func offset(_ date: String, _ seconds: Int) async throws {
    let body =
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><Account>1</Account></GetCallerIdentityResult>"
      + "</GetCallerIdentityResponse>"
    let transport = ScriptedTransport([.success(answer(200, ["date": date], body))])
    let identity = try await client(transport).getCallerIdentity(using: sampleCredentials)
    #expect(identity.clockOffset == .seconds(seconds))
  }

  @Test("with a role's credentials another role lasts an hour at most")
  func chaining() async throws {
    var long = role
    long.duration = .seconds(43_200)
    let user = AWSCredentials(accessKeyID: "AKIA", secretAccessKey: "s")
    for (credentials, expected) in [(user, "DurationSeconds=43200"), (sampleCredentials, "DurationSeconds=3600")] {
      let transport = ScriptedTransport([.success(success)])
      _ = try await client(transport).assumeRole(long, using: credentials)
      #expect(transport.requests.first?.text.contains(expected) == true)
    }
  }

  @Test("no secret is in any request but as a signature")
  func secrets() async throws {
    let transport = ScriptedTransport([.success(success)])
    _ = try await client(transport).assumeRole(role, using: sampleCredentials)
    let sent = transport.requests.map { $0.text + $0.url + $0.headers.map(\.value).joined() }.joined()
    #expect(!sent.contains(sampleCredentials.secretAccessKey))
  }

  @Test(
    "a session name has 2 to 64 allowed characters",
    arguments: [
      ("server1", "server1"), ("büro/server 1", "b-ro-server-1"), ("x", "s3loggerd"), ("", "s3loggerd"),
      (String(repeating: "a", count: 70), String(repeating: "a", count: 64)),
    ])
  func sessionName(_ text: String, _ expected: String) {
    #expect(RoleSettings.sessionName(from: text) == expected)
  }
}
