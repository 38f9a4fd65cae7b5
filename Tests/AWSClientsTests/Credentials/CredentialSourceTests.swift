import AWSSigning
import DeliveryModel
import HTTPTransport
import TestSupport
import Testing

@testable import AWSClients

@Suite("Sources of credentials")
struct CredentialSourceTests {
  private func load(
    _ settings: CredentialSettings, _ environment: [String: String],
    _ transport: ScriptedTransport = ScriptedTransport([]), _ processes: ScriptedProcesses = ScriptedProcesses([])
  ) async throws -> AWSCredentials {
    try await find(settings, environment, transport, processes).credentials
  }

  private func find(
    _ settings: CredentialSettings, _ environment: [String: String],
    _ transport: ScriptedTransport = ScriptedTransport([]), _ processes: ScriptedProcesses = ScriptedProcesses([])
  ) async throws -> SourcedCredentials {
    let sts = STSClient(
      endpoint: ServiceEndpoint(of: .sts, region: "eu-south-1"), region: "eu-south-1", transport: transport,
      wallClock: { signedAt })
    let means = CredentialMeans(environment: environment, sts: sts, http: transport, processes: processes)
    return try await settings.provider(means).find()
  }

  private func keys(_ key: String, _ secret: String, _ token: String? = nil) -> AWSCredentials {
    AWSCredentials(accessKeyID: key, secretAccessKey: secret, sessionToken: token, expiration: nil)
  }

  @Test("the environment comes before the shared files; half of it is an error")
  func environment() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("[default]\naws_access_key_id=F\naws_secret_access_key=f\n", to: "credentials", mode: 0o600)
    var environment = [
      "AWS_SHARED_CREDENTIALS_FILE": directory.path + "/credentials", "AWS_CONFIG_FILE": "/nonexistent",
    ]
    #expect(try await load(CredentialSettings(), environment) == keys("F", "f"))
    environment["AWS_ACCESS_KEY_ID"] = "E"
    let partial = environment
    let half = await #expect(throws: ServiceFailure.self) { try await load(CredentialSettings(), partial) }
    #expect(half?.message.contains("AWS_SECRET_ACCESS_KEY is not set") == true)
    environment["AWS_SECRET_ACCESS_KEY"] = "e"
    environment["AWS_SESSION_TOKEN"] = "t"
    #expect(try await load(CredentialSettings(), environment) == keys("E", "e", "t"))
    #expect(try await load(CredentialSettings(profile: "default"), environment) == keys("F", "f"))
  }

  @Test(
    "a line break or a space in a value names the value and the place, and shows nothing of it",
    arguments: [
      ("AWS_SESSION_TOKEN", "canary\n", "AWS_SESSION_TOKEN holds a line break"),
      ("AWS_SESSION_TOKEN", "can\r\nary", "AWS_SESSION_TOKEN holds a line break"),
      ("AWS_SECRET_ACCESS_KEY", " canary", "AWS_SECRET_ACCESS_KEY holds a space"),
      ("AWS_ACCESS_KEY_ID", "can\u{e0}ry", "AWS_ACCESS_KEY_ID holds a character that no key has"),
    ])
  func malformed(name: String, value: String, expected: String) async throws {
    var environment = ["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e", "AWS_SESSION_TOKEN": "t"]
    environment[name] = value
    let given = environment
    let failure = await #expect(throws: ServiceFailure.self) { try await load(CredentialSettings(), given) }
    #expect(failure?.message == "in the environment \(expected)")
    #expect(failure?.failureClass == .blocked)
  }

  @Test("a value of a profile that no header can hold is named with its profile")
  func malformedProfile() async throws {
    let directory = try TemporaryDirectory()
    let text = "[default]\naws_access_key_id=F\naws_secret_access_key=f\naws_session_token = can ary\n"
    try directory.write(text, to: "credentials", mode: 0o600)
    let environment = [
      "AWS_SHARED_CREDENTIALS_FILE": directory.path + "/credentials", "AWS_CONFIG_FILE": "/nonexistent",
    ]
    let failure = await #expect(throws: ServiceFailure.self) { try await load(CredentialSettings(), environment) }
    #expect(failure?.message == "in the AWS profile default aws_session_token holds a space")
  }

  @Test("what was handed over at the start is told apart from what can be read anew")
  func copies() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("F", to: "id", mode: 0o600)
    try directory.write("f", to: "secret", mode: 0o600)
    let path = directory.path
    let files = CredentialSettings(accessKeyIDFile: path + "/id", secretAccessKeyFile: path + "/secret")
    #expect(try await find(files, [:]).isCopy == false)
    #expect(try await find(files, ["CREDENTIALS_DIRECTORY": path + "/other"]).isCopy == false)
    #expect(try await find(files, ["CREDENTIALS_DIRECTORY": path]).isCopy)
    let relative = CredentialSettings(accessKeyIDFile: "id", secretAccessKeyFile: "secret")
    #expect(try await find(relative, ["CREDENTIALS_DIRECTORY": path]).isCopy)
    let environment = ["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"]
    #expect(try await find(CredentialSettings(), environment).isCopy)
    #expect(CredentialFiles.isCopy("/run/credentials/s3loggerd.service/id", in: nil))
  }

  @Test("where nothing is found, each place is named with its reason, in order")
  func nothing() async throws {
    let failure = await #expect(throws: ServiceFailure.self) {
      try await load(
        CredentialSettings(), ["HOME": "/nonexistent"], ScriptedTransport([.success(answer(403))]))
    }
    #expect(failure?.failureClass == .blocked)
    let message = try #require(failure?.message)
    let places = [
      "AWS_ACCESS_KEY_ID): not set", "AWS_WEB_IDENTITY_TOKEN_FILE): not set", "profile default: in neither",
      "_FULL_URI): not set", "metadata service): refuses a session (HTTP 403)",
    ]
    var rest = message[...]
    for place in places {
      let mark = try #require(rest.firstRange(of: place), "\(place) in \(message)")
      rest = rest[mark.upperBound...]
    }
  }

  @Test("credential files are trimmed, with CRLF and byte-order mark, and read anew each time")
  func files() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("\u{FEFF}AKIA1\r\n", to: "id", mode: 0o644)
    try directory.write("  s/+=\n\n", to: "secret", mode: 0o600)
    let settings = CredentialSettings(accessKeyIDFile: "id", secretAccessKeyFile: directory.path + "/secret")
    let environment = ["CREDENTIALS_DIRECTORY": directory.path, "AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"]
    #expect(try await load(settings, environment) == keys("AKIA1", "s/+="))
    try directory.write("new\n", to: "secret", mode: 0o600)
    #expect(try await load(settings, environment) == keys("AKIA1", "new"))
  }

  @Test(
    "a credential file that cannot be right is named, without its content",
    arguments: [
      ("", 0o600, "exactly one line"), ("canary two", 0o600, "exactly one line"),
      ("canary\nmore", 0o600, "exactly one line"), ("canary", 0o604, "readable by everybody"),
    ])
  func wrongFiles(_ content: String, _ mode: UInt32, _ expected: String) async throws {
    let directory = try TemporaryDirectory()
    try directory.write("AKIA1", to: "id", mode: 0o600)
    try directory.write(content, to: "secret", mode: mode)
    let settings = CredentialSettings(accessKeyIDFile: "id", secretAccessKeyFile: "secret")
    let failure = await #expect(throws: ServiceFailure.self) {
      try await load(settings, ["CREDENTIALS_DIRECTORY": directory.path])
    }
    #expect(failure?.message.contains(expected) == true)
    #expect(failure?.message.contains("/secret") == true)
    #expect(failure?.message.contains("canary") == false)
  }

  @Test("a missing credential file, directory or half of the pair is told")
  func missing() async {
    let pair = CredentialSettings(accessKeyIDFile: "id", secretAccessKeyFile: "secret")
    for (settings, environment, expected) in [
      (pair, ["CREDENTIALS_DIRECTORY": "/nonexistent"], "/nonexistent/id does not exist"),
      (pair, [:], "CREDENTIALS_DIRECTORY"),
      (CredentialSettings(accessKeyIDFile: "/etc/hostname"), [:], "belong together"),
    ] {
      let failure = await #expect(throws: ServiceFailure.self) { try await load(settings, environment) }
      #expect(failure?.message.contains(expected) == true, "\(String(describing: failure?.message))")
    }
  }

  private let session = answer(
    200, [:],
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
      + "<SessionToken>t</SessionToken><Expiration>2026-11-24T11:42:07Z</Expiration></Credentials></AssumeRoleResult>"
      + "</AssumeRoleResponse>")

  @Test("a role of the configuration is assumed with what the chain gives")
  func role() async throws {
    let transport = ScriptedTransport([.success(session)])
    let settings = CredentialSettings(role: RoleSettings(arn: "arn:r", sessionName: "server1"))
    let environment = ["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"]
    #expect(try await load(settings, environment, transport).accessKeyID == "ASIA")
    #expect(transport.requests.first?.header("authorization")?.contains("Credential=E/") == true)
  }

  @Test("the roles of a profile and its source are assumed one after the other")
  func profileRoles() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("[base]\naws_access_key_id=B\naws_secret_access_key=b\n", to: "credentials", mode: 0o600)
    try directory.write(
      "[profile middle]\nrole_arn=arn:m\nsource_profile=base\n[profile top]\nrole_arn=arn:t\nsource_profile=middle\n",
      to: "config")
    let transport = ScriptedTransport([.success(session), .success(session)])
    let environment = [
      "AWS_SHARED_CREDENTIALS_FILE": directory.path + "/credentials", "AWS_CONFIG_FILE": directory.path + "/config",
      "AWS_PROFILE": "top",
    ]
    _ = try await load(CredentialSettings(), environment, transport)
    #expect(transport.requests.map { $0.text.contains("RoleArn=arn%3Am") } == [true, false])
    #expect(transport.requests.last?.header("authorization")?.contains("Credential=ASIA/") == true)
  }
}
