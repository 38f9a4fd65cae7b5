import DeliveryModel
import Testing

@testable import DaemonConfiguration

@Suite("Environment")
struct EnvironmentTests {
  @Test("the environment completes the file")
  func completes() throws {
    let outcome = ConfigurationFixture.parse(
      ConfigurationFixture.minimal(),
      environment: [
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5000/", "AWS_ENDPOINT_URL_DYNAMODB": "http://localhost:8000",
        "AWS_CA_BUNDLE": "/etc/ca.pem", "AWS_USE_FIPS_ENDPOINT": "TRUE", "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "HTTPS_PROXY": "http://proxy:3128", "STATE_DIRECTORY": "/state/a:/state/b",
        "RUNTIME_DIRECTORY": "/run/s3loggerd", "AWS_ENDPOINT_URL_STS": "",
      ])
    let configuration = try #require(outcome.configuration)
    #expect(
      configuration.aws.endpoints == [
        .s3: "http://127.0.0.1:5000", .dynamodb: "http://localhost:8000", .sts: "http://127.0.0.1:5000",
      ])
    #expect(configuration.aws.pathStyle)
    #expect(configuration.aws.caBundle == "/etc/ca.pem")
    #expect(configuration.aws.usesFIPS && configuration.aws.usesDualStack)
    #expect(configuration.aws.proxy == nil)
    #expect(configuration.journal.directory == "/state/a")
    #expect(configuration.runtimeDirectory == "/run/s3loggerd")
  }

  @Test("the file wins over the environment, whose wrong values then do no harm")
  func fileWins() throws {
    let outcome = ConfigurationFixture.parse(
      ConfigurationFixture.minimal(
        aws: """
          endpoint_url = "https://gateway.example.org/aws/"
          s3_endpoint_url = "https://s3.example.org"
          ca_bundle = "/etc/own.pem"
          profile = "own"
          use_fips_endpoint = false
          use_dualstack_endpoint = true
          proxy = "http://proxy.example.org:3128"
          """, sections: "[journal]\ndirectory = \"/srv/journal\""),
      environment: [
        "AWS_ENDPOINT_URL": "nonsense", "AWS_ENDPOINT_URL_S3": "nonsense", "AWS_CA_BUNDLE": "nonsense",
        "AWS_PROFILE": "other", "AWS_USE_FIPS_ENDPOINT": "true", "STATE_DIRECTORY": "/state",
      ])
    #expect(outcome.diagnostics == [])
    let configuration = try #require(outcome.configuration)
    #expect(
      configuration.aws.endpoints == [
        .s3: "https://s3.example.org", .dynamodb: "https://gateway.example.org/aws",
        .sts: "https://gateway.example.org/aws",
      ])
    #expect(!configuration.aws.pathStyle)
    #expect(configuration.aws.caBundle == "/etc/own.pem")
    #expect(configuration.aws.profile == "own")
    #expect(!configuration.aws.usesFIPS && configuration.aws.usesDualStack)
    #expect(configuration.aws.proxy == "http://proxy.example.org:3128")
    #expect(configuration.journal.directory == "/srv/journal")
  }

  @Test(
    "a proxy is a host without a password, and China has no FIPS endpoint of S3",
    arguments: [
      ("proxy = \"http://u:hunter2@p:1\"", "holds a user or password"), ("proxy = \"p:3128\"", "does not begin with"),
      ("proxy = \"socks5://p\"", "does not begin with"), ("proxy = \"http://p/x\"", "is no proxy"),
      ("region = \"cn-north-1\"\nuse_fips_endpoint = true", "no such endpoint in China"),
    ])
  func wrongWays(_ lines: String, _ expected: String) {
    let hasRegion = lines.hasPrefix("region")
    let text = ConfigurationFixture.minimal(aws: hasRegion ? "" : lines)
    let whole = hasRegion ? text.replacing("region = \"eu-south-1\"", with: lines) : text
    let outcome = ConfigurationFixture.parse(whole)
    #expect(outcome.diagnostics.contains { $0.message.contains(expected) }, "\(outcome.diagnostics)")
    #expect(!outcome.diagnostics.contains { $0.description.contains("hunter2") })
  }

  @Test("the profile of the environment is left to the chain of credentials, where keys come before it")
  func keyFiles() throws {
    let files = "access_key_id_file = \"id\"\nsecret_access_key_file = \"key\""
    let outcome = ConfigurationFixture.parse(
      ConfigurationFixture.minimal(aws: files), environment: ["AWS_PROFILE": "other"])
    let configuration = try #require(outcome.configuration)
    #expect(configuration.aws.profile == nil)
    let without = ConfigurationFixture.parse(ConfigurationFixture.minimal(), environment: ["AWS_PROFILE": "other"])
    #expect(without.configuration != nil && without.configuration?.aws.profile == nil)
    #expect(configuration.aws.keyFiles?.accessKeyID == "/run/credentials/s3loggerd.service/id")
  }

  @Test("a wrong variable is named and not shown")
  func wrongVariable() {
    let outcome = ConfigurationFixture.parse(
      ConfigurationFixture.minimal(), environment: ["AWS_ENDPOINT_URL": "http://u:hunter2@127.0.0.1"])
    #expect(outcome.configuration == nil)
    #expect(
      outcome.diagnostics.allSatisfy { $0.description.hasPrefix("environment: AWS_ENDPOINT_URL: this value holds") })
    #expect(!outcome.diagnostics.isEmpty)
  }

  @Test(
    "keys that would have no effect are refused",
    arguments: [
      ("external_id = \"abc\"", "aws.external_id"), ("session_name = \"abc\"", "aws.session_name"),
      ("role_duration = \"1h\"", "aws.role_duration"), ("source_identity = \"abc\"", "aws.source_identity"),
      ("session_tags = { a = \"b\" }", "aws.session_tags"), ("access_key_id_file = \"id\"", "aws.access_key_id_file"),
      ("profile = \"p\"\naccess_key_id_file = \"a\"\nsecret_access_key_file = \"b\"", "aws.profile"),
    ])
  func withoutEffect(aws: String, key: String) {
    let outcome = ConfigurationFixture.parse(ConfigurationFixture.minimal(aws: aws))
    #expect(outcome.diagnostics.map(\.key) == [key])
    #expect(outcome.configuration == nil)
  }
}
