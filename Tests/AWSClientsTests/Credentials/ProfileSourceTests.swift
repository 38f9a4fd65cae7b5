import AWSConfiguration
import AWSSigning
import DeliveryModel
import Testing

@testable import AWSClients

@Suite("What a profile amounts to")
struct ProfileSourceTests {
  private func plan(_ config: String, _ profile: String = "top") throws -> ProfilePlan? {
    try ProfilePlan.resolve(profile, in: ProfileFile(parsing: Array(config.utf8), isConfig: true), isRequired: true)
  }

  @Test("every setting of a role is read")
  func role() throws {
    let plan = try plan(
      """
      [profile top]
      role_arn = arn:t
      source_profile = base
      external_id = ext
      duration_seconds = 7200
      role_session_name = server 1
      [profile base]
      aws_access_key_id = B
      aws_secret_access_key = b
      aws_session_token = k
      """)
    #expect(
      plan?.roles == [
        RoleSettings(arn: "arn:t", externalID: "ext", sessionName: "server-1", duration: .seconds(7200))
      ])
    #expect(plan?.base == .keys(AWSCredentials(accessKeyID: "B", secretAccessKey: "b", sessionToken: "k")))
  }

  @Test(
    "a chain begins at keys, a process, a web identity or a named source",
    arguments: [
      ("credential_process = /bin/p --x 'a b'", ProfilePlan.Base.process("/bin/p --x 'a b'"), 0),
      ("role_arn=r\ncredential_source=Ec2InstanceMetadata", .instance, 1),
      ("role_arn=r\ncredential_source=EcsContainer", .container, 1),
      ("role_arn=r\ncredential_source=Environment", .environment, 1),
      (
        "role_arn=r\nweb_identity_token_file=/t",
        .webIdentity(RoleSettings(arn: "r", sessionName: "s3loggerd"), tokenFile: "/t"), 0
      ),
      (
        "role_arn=r\nsource_profile=top\naws_access_key_id=A\naws_secret_access_key=a",
        .keys(AWSCredentials(accessKeyID: "A", secretAccessKey: "a")), 1
      ),
    ])
  func bases(_ settings: String, _ base: ProfilePlan.Base, _ roles: Int) throws {
    let plan = try plan("[profile top]\n" + settings)
    #expect(plan?.base == base)
    #expect(plan?.roles.count == roles)
  }

  @Test(
    "what cannot be is told",
    arguments: [
      ("role_arn=r", "no source_profile, credential_source or web_identity_token_file"),
      ("role_arn=r\nsource_profile=none", "none is in neither"),
      ("role_arn=r\nsource_profile=a\ncredential_source=Environment", "both"),
      ("role_arn=r\ncredential_source=Moon", "not Environment"),
      ("role_arn=r\nsource_profile=top\nduration_seconds=60", "900 to 43200"),
      ("role_arn=r\nsource_profile=top\nmfa_serial=x", "mfa_serial"),
      ("role_arn=r\nsource_profile=top", "neither an access key"),
      ("sso_session=x", "browser (sso_session), which no daemon can; give it an access key"),
      ("sso_start_url=x", "browser (sso_start_url)"), ("login_session=arn:x", "credential_process"),
      ("role_arn=r\nsource_profile=top\nlogin_session=x", "browser (login_session)"),
      ("aws_access_key_id=A", "lacks"), ("region=x", "neither an access key"),
    ])
  func faults(_ settings: String, _ expected: String) throws {
    let failure = #expect(throws: ServiceFailure.self) { try plan("[profile top]\n" + settings) }
    #expect(failure?.message.contains(expected) == true, "\(String(describing: failure?.message))")
  }

  @Test(
    "a command line is split as Python's shlex splits it",
    arguments: [
      ("a  b\tc", ["a", "b", "c"]), ("'a b' \"c d\"", ["a b", "c d"]), ("a\\ b", ["a b"]),
      ("\"a\\\"b\\\\c\\d\"", ["a\"b\\c\\d"]), ("'a\\b'", ["a\\b"]), ("x''y \"\"", ["xy", ""]),
      ("$HOME `id` ; rm > f | g", ["$HOME", "`id`", ";", "rm", ">", "f", "|", "g"]), ("", []),
    ])
  func splitting(_ line: String, _ arguments: [String]) {
    #expect(CommandLineText.split(line) == arguments)
  }

  @Test("an unclosed quotation mark is no command line", arguments: ["'a", "\"a", "a\\"])
  func unclosed(_ line: String) {
    #expect(CommandLineText.split(line) == nil)
  }

  private func process(_ output: Result<ProcessOutput, ProcessFailure>) -> (ProcessCredentials, ScriptedProcesses) {
    let processes = ScriptedProcesses([output])
    let environment = [
      "PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "canary", "AWS_ACCESS_KEY_ID": "A", "NOTIFY_SOCKET": "/n",
      "AWS_REGION": "r",
    ]
    return (
      ProcessCredentials(command: "helper 'two words'", environment: environment, processes: processes), processes
    )
  }

  private func printed(_ text: String, status: Int32 = 0) -> Result<ProcessOutput, ProcessFailure> {
    .success(ProcessOutput(status: status, output: Array(text.utf8)))
  }

  @Test("a process gets no secret and no line to systemd, and gives credentials with or without an end")
  func process() async throws {
    let (credentials, processes) = process(
      printed(
        #"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-11-24T12:42:07+01:00"}"#
      ))
    #expect(
      try await credentials.credentials()
        == AWSCredentials(
          accessKeyID: "A", secretAccessKey: "s", sessionToken: "t",
          expiration: Timestamp(milliseconds: 1_795_520_527_000)))
    #expect(processes.runs.map(\.arguments) == [["helper", "two words"]])
    #expect(processes.runs.first?.environment == ["PATH": "/bin", "AWS_REGION": "r"])
    let lasting = process(printed(#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s"}"#)).0
    #expect(try await lasting.credentials().expiration == nil)
  }

  @Test("a process that fails is named, without anything that it printed")
  func processFaults() async {
    for (output, expected) in [
      (printed("canary", status: 3), "status 3"), (printed("canary"), "JSON"), (printed("{\"canary\":1}"), "Version"),
      (printed(#"{"Version":2,"AccessKeyId":"canary"}"#), "Version"),
      (printed(#"{"Version":1,"AccessKeyId":"canary"}"#), "no usable"),
      (printed(#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"canary","Expiration":"soon"}"#), "no usable"),
      (.failure(.timeout), "did not end within 60 s"),
      (.failure(.notStarted("it does not exist")), "could not be started"),
      (.failure(.tooMuchOutput), "more than credentials"),
    ] {
      let failure = await #expect(throws: ServiceFailure.self) { try await process(output).0.credentials() }
      #expect(failure?.message.contains(expected) == true, "\(String(describing: failure?.message))")
      #expect(failure?.message.contains("helper") == true)
      #expect(failure?.message.contains("canary") == false)
    }
  }

  @Test(
    "a moment with an offset is the same moment",
    arguments: [
      ("2026-11-24T10:42:07Z", true), ("2026-11-24T12:42:07+02:00", true), ("2026-11-24T05:12:07.5-05:30", true),
      ("2026-11-24T10:42:07+0000", true), ("2026-11-24T05:12:07-0530", true), ("2026-11-24T12:42:07+02", true),
      ("2026-11-24T10:42:07.123456+0000", true), ("2026-11-24 10:42:07+00:00", true), ("2026-11-24T10:42:07 UTC", true),
      ("2026-11-24t10:42:07z", true), ("2026-11-24T10:42:07,9Z", true), ("20261124T104207Z", true),
      ("20261124T124207.5+0200", true), ("2026-11-24T10:42:07 +0000", true), ("2026-11-24T10:42:07 GMT", true),
      ("2026-11-24T10:42:07", false), ("2026-11-24T10:42:07+2", false), ("+02:00", false), ("+0000", false),
      ("Z", false),
      ("2026-11-24T10:42:07+24:00", false), ("2026-11-24T10:42:07+00:60", false), ("2026-11-24T10:42:07-02-00", false),
      ("2026-11-24T10:42:07+000", false), ("2026-11-24T10:42:07+00000", false), ("2026-11-24Z", false),
      ("tomorrow", false), ("1795516927", false), ("2026-13-24T10:42:07+0000", false),
    ])
  func moments(_ text: String, _ isRight: Bool) {
    #expect(CredentialDocument.moment(text) == (isRight ? signedAt : nil))
  }
}
