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
        "AWS_CA_BUNDLE": "/etc/ca.pem", "AWS_PROFILE": "uploader", "STATE_DIRECTORY": "/state/a:/state/b",
        "RUNTIME_DIRECTORY": "/run/s3loggerd", "AWS_ENDPOINT_URL_STS": "",
      ])
    let configuration = try #require(outcome.configuration)
    #expect(
      configuration.aws.endpoints == [
        .s3: "http://127.0.0.1:5000", .dynamodb: "http://localhost:8000", .sts: "http://127.0.0.1:5000",
      ])
    #expect(configuration.aws.pathStyle)
    #expect(configuration.aws.caBundle == "/etc/ca.pem")
    #expect(configuration.aws.profile == "uploader")
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
          """, sections: "[journal]\ndirectory = \"/srv/journal\""),
      environment: [
        "AWS_ENDPOINT_URL": "nonsense", "AWS_ENDPOINT_URL_S3": "nonsense", "AWS_CA_BUNDLE": "nonsense",
        "AWS_PROFILE": "other", "STATE_DIRECTORY": "/state",
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
    #expect(configuration.journal.directory == "/srv/journal")
  }

  @Test("key files win over the environment's profile")
  func keyFiles() throws {
    let files = "access_key_id_file = \"id\"\nsecret_access_key_file = \"key\""
    let outcome = ConfigurationFixture.parse(
      ConfigurationFixture.minimal(aws: files), environment: ["AWS_PROFILE": "other"])
    let configuration = try #require(outcome.configuration)
    #expect(configuration.aws.profile == nil)
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
      ("role_duration = \"1h\"", "aws.role_duration"), ("access_key_id_file = \"id\"", "aws.access_key_id_file"),
      ("profile = \"p\"\naccess_key_id_file = \"a\"\nsecret_access_key_file = \"b\"", "aws.profile"),
    ])
  func withoutEffect(aws: String, key: String) {
    let outcome = ConfigurationFixture.parse(ConfigurationFixture.minimal(aws: aws))
    #expect(outcome.diagnostics.map(\.key) == [key])
    #expect(outcome.configuration == nil)
  }
}
