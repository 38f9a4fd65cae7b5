import DeliveryModel
import Testing

@testable import DaemonConfiguration

@Suite("Configuration")
struct ConfigurationTests {
  @Test("the example loads as it is and says what it shows")
  func example() throws {
    let outcome = ConfigurationLoader.parse(
      try ConfigurationFixture.exampleBytes(), file: "config.example.toml", environment: [:], folders: .none)
    #expect(outcome.diagnostics == [])
    let configuration = try #require(outcome.configuration)
    #expect(configuration.aws.bucket == "s3logger-files")
    #expect(configuration.aws.table == "s3logger-metadata")
    #expect(configuration.aws.role?.arn == "arn:aws:iam::123456789012:role/UploaderExecutionRole")
    #expect(configuration.folders.map(\.name) == ["inbox"])
    #expect(configuration.folders.map(\.path) == ["/srv/inbox"])
  }

  @Test("a folder's language is its own, else that of all")
  func languages() {
    let text = ConfigurationFixture.minimal(sections: "[status]\nlanguage = \"it\"", folder: "")
    let other = "\n[[folder]]\nname = \"other\"\npath = \"/srv/other\"\nlanguage = \"en\""
    #expect(
      ConfigurationFixture.parse(text + other).configuration?.folders.map(\.language) == [.italian, .english])
  }

  @Test("the example's remarks show the defaults: without their # they change nothing")
  func exampleDefaults() throws {
    let examples = [
      "external_id", "profile", "access_key_id_file", "secret_access_key_file", "expected_bucket_owner", "endpoint_url",
      "s3_endpoint_url", "dynamodb_endpoint_url", "sts_endpoint_url", "ca_bundle", "proxy", "role_arn",
      "bandwidth_limit", "storage_class", "server_side_encryption", "kms_key_id", "bucket_key", "acl",
      "source_identity", "session_tags", "transitive_session_tags", "include", "exclude",
      "case_sensitive", "tags", "metrics_file",
      "move_to", "delete_after", "min_size", "max_size", "allowed_types", "name_pattern", "name_message",
      "rejected_to", "antivirus", "antivirus_timeout", "antivirus_failure", "receipt", "webhook_url",
      "webhook_url_file", "webhook_secret_file",
      "webhook_timeout", "saved_by", "command", "command_timeout", "events", "oldest_pending", "digest",
      "signing_key_file", "timestamp_url", "timestamp_ca", "bucket", "prefix", "close", "names",
    ]
    let notYet = UnsupportedKeys.all.map { String($0.split(separator: " ")[0].split(separator: ".")[1]) }
    let text = String(decoding: try ConfigurationFixture.exampleBytes(), as: UTF8.self)
    var shown = Set<String>()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
      guard line.hasPrefix("#"), let key = line.dropFirst().firstMatch(of: #/^([a-z_0-9]+) = /#)?.1 else { return line }
      shown.insert(String(key))
      return examples.contains(String(key)) || notYet.contains(String(key)) ? line : line.dropFirst()
    }
    let plain = ConfigurationFixture.parse(text, folders: .none)
    let spelledOut = ConfigurationFixture.parse(lines.joined(separator: "\n"), folders: .none)
    #expect(spelledOut == plain)
    #expect(shown.isSuperset(of: examples + notYet))
    #expect(shown.count == 84)
  }

  @Test("custody is as it is written, with the documented defaults; without the section there is none")
  func custody() throws {
    func parse(_ text: String) -> ConfigurationOutcome {
      ConfigurationFixture.parse(ConfigurationFixture.minimal(sections: text))
    }
    #expect(try #require(parse("").configuration).custody == nil)
    let plain = try #require(parse("[custody]\nsigning_key_file = \"key\"").configuration?.custody)
    #expect(plain == CustodySettings(signingKeyFile: "/run/credentials/s3loggerd.service/key"))
    #expect(plain.prefix == "_custody" && plain.close == 10 && plain.names == .clear)
    let whole = parse(
      """
      [custody]
      signing_key_file = "/etc/key.pem"
      timestamp_url = "http://tsa.example.org/tsr"
      timestamp_ca = "/etc/tsa.pem"
      bucket = "ledger-bucket"
      prefix = "proofs/ledger"
      close = "02:05"
      names = "hashed"
      """)
    #expect(whole.diagnostics == [])
    #expect(
      whole.configuration?.custody
        == CustodySettings(
          signingKeyFile: "/etc/key.pem", timestampURL: "http://tsa.example.org/tsr", timestampCA: "/etc/tsa.pem",
          bucket: "ledger-bucket", prefix: "proofs/ledger", close: 125, names: .hashed))
  }

  @Test(
    "what custody cannot work with is refused",
    arguments: [
      ("prefix = \"_custody\"", "signing_key_file: is missing"),
      ("signing_key_file = \"key\"\ntimestamp_url = \"https://tsa.example.org\"", "timestamp_ca: is missing"),
      ("signing_key_file = \"key\"\ntimestamp_ca = \"/etc/ca.pem\"", "timestamp_ca: has no effect"),
      ("signing_key_file = \"key\"\nprefix = \"/a\"", "is no such beginning of a key"),
      ("signing_key_file = \"key\"\nprefix = \"a/../b\"", "is no such beginning of a key"),
      ("signing_key_file = \"key\"\nclose = \"24:00\"", "is no time of day"),
      ("signing_key_file = \"key\"\nnames = \"none\"", "is none of the choices"),
      (
        "signing_key_file = \"key\"\ntimestamp_url = \"ftp://tsa\"\ntimestamp_ca = \"/etc/ca.pem\"",
        "begins with neither"
      ),
    ])
  func wrongCustody(text: String, complaint: String) {
    let outcome = ConfigurationFixture.parse(ConfigurationFixture.minimal(sections: "[custody]\n" + text))
    #expect(outcome.configuration == nil)
    #expect(outcome.diagnostics.contains { $0.description.contains(complaint) }, "\(outcome.diagnostics)")
  }

  @Test("alerts are as they are written, with the documented defaults; without a receiver nobody is told of anything")
  func alerts() throws {
    func parse(_ text: String) throws -> AlertSettings {
      let outcome = ConfigurationFixture.parse(ConfigurationFixture.minimal(sections: "[alerts]\n" + text))
      #expect(outcome.diagnostics.map(\.description) == [])
      return try #require(outcome.configuration?.alerts)
    }
    #expect(try parse("").policy == nil)
    let alerts = try parse(
      """
      webhook_url = "https://example.com/services/a?sig=%2Fb&c=d"
      webhook_secret_file = "key"
      command = ["/usr/bin/notify", "", "a b"]
      digest = "07:05"
      """)
    #expect(alerts.webhook?.address == .url("https://example.com/services/a?sig=%2Fb&c=d"))
    #expect(alerts.webhook?.secretFile == "/run/credentials/s3loggerd.service/key")
    #expect(alerts.webhook?.timeout == .seconds(15) && alerts.command?.timeout == .seconds(30))
    #expect(alerts.command?.arguments == ["/usr/bin/notify", "", "a b"])
    #expect(alerts.events == [.rejected, .parked, .blocked, .recovered, .oldestPending, .folder])
    #expect(alerts.oldestPending == .seconds(3600) && alerts.digest == 425)
    #expect(alerts.policy?.channels == [.webhook, .command])
    let few = try parse("command = [\"/bin/true\"]\nevents = [\"parked\"]")
    #expect(few.oldestPending == nil && few.digest == nil && few.policy?.channels == [.command])
  }

  @Test("a configuration of required keys alone has the documented defaults")
  func defaults() throws {
    let configuration = try #require(ConfigurationFixture.parse(ConfigurationFixture.minimal()).configuration)
    #expect(configuration.aws.role == nil)
    #expect(configuration.aws.endpoints == [:])
    #expect(!configuration.aws.pathStyle)
    #expect(configuration.upload.concurrency == 128)
    #expect(configuration.upload.answerTimeout == .seconds(300))
    #expect(configuration.upload.partSize == 16 << 20)
    #expect(configuration.upload.multipartThreshold == 64 << 20)
    #expect(configuration.upload.partConcurrency == 4)
    #expect(configuration.upload.bandwidthLimit == nil)
    #expect(configuration.upload.storageClass == nil && configuration.upload.acl == nil)
    #expect(configuration.upload.usesBucketKey && !configuration.aws.requesterPays)
    #expect(configuration.upload.encryption == nil)
    #expect(!configuration.upload.writeOnce)
    #expect(configuration.upload.retry == RetrySchedule(base: .seconds(1), cap: .seconds(900)))
    #expect(configuration.journal.directory == "/var/lib/s3loggerd")
    #expect(configuration.journal.history == .seconds(34_560_000))
    #expect(configuration.runtimeDirectory == "/var/lib/s3loggerd")
    let folder = configuration.folders[0]
    #expect(folder.key == .mirror)
    #expect(folder.recursive && folder.ignoreTemporary && folder.caseSensitive == nil)
    #expect(folder.watch == .auto)
    #expect([folder.pollInterval, folder.settle, folder.rescan] == [.seconds(30), .seconds(5), .seconds(300)])
    #expect(folder.include.isEmpty && folder.exclude.isEmpty && folder.tags.isEmpty)
    #expect(folder.afterUpload == .keep)
  }

  @Test("what is written is what is read")
  func written() throws {
    let text = ConfigurationFixture.minimal(
      aws: """
        role_arn = "arn:aws-cn:iam::123456789012:role/path/Up_load+=,.@-er"
        external_id = "x:/y"
        session_name = "fs1"
        role_duration = "12h"
        source_identity = "filer@example.org"
        session_tags = { Office = "Roma à", "Cost Center" = "" }
        transitive_session_tags = ["Office"]
        requester_pays = true
        access_key_id_file = "id"
        secret_access_key_file = "/run/keys//secret"
        expected_bucket_owner = "123456789012"
        ca_bundle = "/etc/./ca.pem"
        """,
      sections: """
        [upload]
        concurrency = 256
        part_size = "128MiB"
        bandwidth_limit = "20MB/s"
        storage_class = "GLACIER_IR"
        server_side_encryption = "aws:kms"
        kms_key_id = "alias/documents"
        bucket_key = false
        acl = "bucket-owner-full-control"
        write_once = true
        retry_base = "500ms"
        retry_cap = "1h"
        answer_timeout = "30m"
        [journal]
        directory = "/srv/journal/"
        history = "30d"
        history_size = "128MiB"
        """,
      folder: """
        key = "{folder}/{path}/{id}"
        recursive = false
        watch = "poll"
        poll_interval = "1m"
        settle = "0s"
        rescan = "1d"
        include = ["*.pdf", "a/**"]
        exclude = ["*.bak"]
        case_sensitive = false
        ignore_temporary = false
        after_upload = "keep"
        tags = { matter = "2026/17", area = "civile è" }
        """)
    let outcome = ConfigurationFixture.parse(text, environment: ["CREDENTIALS_DIRECTORY": "/run/credentials/u"])
    #expect(outcome.diagnostics == [])
    let configuration = try #require(outcome.configuration)
    #expect(
      configuration.aws.role
        == RoleSettings(
          arn: "arn:aws-cn:iam::123456789012:role/path/Up_load+=,.@-er", externalID: "x:/y", sessionName: "fs1",
          duration: .seconds(43_200), sourceIdentity: "filer@example.org",
          sessionTags: [
            SessionTag(name: "Cost Center", value: "", isTransitive: false),
            SessionTag(name: "Office", value: "Roma à", isTransitive: true),
          ]))
    #expect(configuration.aws.requesterPays)
    #expect(
      configuration.aws.keyFiles
        == AccessKeyFiles(accessKeyID: "/run/credentials/u/id", secretAccessKey: "/run/keys/secret"))
    #expect(configuration.aws.caBundle == "/etc/ca.pem")
    #expect(configuration.aws.expectedBucketOwner == "123456789012")
    #expect(configuration.upload.concurrency == 256)
    #expect(configuration.upload.multipartThreshold == 128 << 20)
    #expect(configuration.upload.bandwidthLimit == BandwidthLimit(otherwise: 20_000_000))
    #expect(configuration.upload.storageClass == .glacierInstantRetrieval)
    #expect(configuration.upload.encryption == .kms)
    #expect(configuration.upload.kmsKeyID == "alias/documents")
    #expect(!configuration.upload.usesBucketKey)
    #expect(configuration.upload.acl == .ownerFullControl)
    #expect(configuration.upload.writeOnce)
    #expect(configuration.upload.retry == RetrySchedule(base: .milliseconds(500), cap: .seconds(3600)))
    #expect(configuration.upload.answerTimeout == .seconds(1800))
    #expect(
      configuration.journal
        == JournalSettings(
          directory: "/srv/journal", history: .seconds(2_592_000), historySize: 128 << 20))
    let folder = configuration.folders[0]
    #expect(folder.key.description == "{folder}/{path}/{id}")
    #expect(!folder.recursive && !folder.ignoreTemporary && folder.caseSensitive == false)
    #expect(folder.watch == .poll)
    #expect([folder.pollInterval, folder.settle, folder.rescan] == [.seconds(60), .zero, .seconds(86_400)])
    #expect(folder.include == ["*.pdf", "a/**"])
    #expect(folder.exclude == ["*.bak"])
    #expect(
      folder.tags == [ObjectTag(name: "area", value: "civile è"), ObjectTag(name: "matter", value: "2026/17")])
  }

  @Test("a warning alone does not stop a configuration")
  func warning() {
    let outcome = ConfigurationFixture.parse(ConfigurationFixture.minimal(folder: "key = \"{folder}/{name}\""))
    #expect(outcome.configuration != nil)
    #expect(outcome.diagnostics.map(\.severity) == [.warning])
  }

  @Test("more problems than anyone reads are counted")
  func limit() {
    let keys = (0..<150).map { "wrong\($0) = 1\n" }.joined()
    let outcome = ConfigurationFixture.parse(ConfigurationFixture.minimal(aws: keys))
    #expect(outcome.diagnostics.count == 101)
    #expect(outcome.diagnostics.last?.description == "config.toml: 50 more problems follow")
    #expect(outcome.configuration == nil)
  }
}
