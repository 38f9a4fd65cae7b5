import DeliveryModel
import TestSupport
import Testing

@testable import DaemonConfiguration

@Suite("Endpoints of the configuration")
struct EndpointSettingsTests {
  private let home: TemporaryDirectory

  init() throws {
    home = try TemporaryDirectory()
    try home.makeDirectory(".aws")
  }

  private func parse(
    _ config: String, aws: String = "", environment: [String: String] = [:]
  ) throws -> ConfigurationOutcome {
    try home.write(config, to: ".aws/config")
    let all = environment.merging(["HOME": home.path]) { own, _ in own }
    return ConfigurationFixture.parse(ConfigurationFixture.minimal(aws: aws), environment: all)
  }

  private static let whole = """
    [default]
    endpoint_url = https://default.example.org
    [profile own]
    endpoint_url = https://common.example.org/
    services = local
    use_fips_endpoint = TRUE
    use_dualstack_endpoint = true
    ca_bundle = /etc/own.pem
    [services local]
    s3 =
      endpoint_url = http://127.0.0.1:9000
    sts =
      endpoint_url =
    """

  @Test("a profile's services section comes before its endpoint, both after the environment and our own file")
  func order() throws {
    let outcome = try parse(Self.whole, aws: "profile = \"own\"")
    #expect(outcome.diagnostics == [])
    let aws = try #require(outcome.configuration).aws
    #expect(
      aws.endpoints == [
        .s3: "http://127.0.0.1:9000", .dynamodb: "https://common.example.org", .sts: "https://common.example.org",
      ])
    #expect(aws.pathStyle && aws.usesFIPS && aws.usesDualStack)
    #expect(aws.caBundle == "/etc/own.pem")

    let variables = [
      "AWS_PROFILE": "own", "AWS_ENDPOINT_URL": "https://variable.example.org",
      "AWS_ENDPOINT_URL_STS": "https://sts.example.org", "AWS_USE_FIPS_ENDPOINT": "false",
      "AWS_CA_BUNDLE": "/etc/v.pem",
    ]
    let varied = try #require(
      try parse(Self.whole, aws: "s3_endpoint_url = \"https://file.example.org\"", environment: variables).configuration
    ).aws
    #expect(
      varied.endpoints == [
        .s3: "https://file.example.org", .dynamodb: "https://variable.example.org", .sts: "https://sts.example.org",
      ])
    #expect(!varied.usesFIPS && varied.usesDualStack)
    #expect(varied.caBundle == "/etc/v.pem")
  }

  @Test("without a named profile it is the default one; the credentials file counts too")
  func defaultProfile() throws {
    #expect(try parse(Self.whole).configuration?.aws.endpoints[.s3] == "https://default.example.org")
    #expect(
      try parse(Self.whole, environment: ["AWS_DEFAULT_PROFILE": "own"]).configuration?.aws.endpoints[.s3]
        == "http://127.0.0.1:9000")
    #expect(try parse(Self.whole, aws: "profile = \"none\"").configuration?.aws.endpoints == [:])
    try home.write("[default]\nendpoint_url = https://credentials.example.org\n", to: ".aws/credentials")
    #expect(try parse(Self.whole).configuration?.aws.endpoints[.sts] == "https://credentials.example.org")
  }

  @Test("what is configured elsewhere can be passed over")
  func ignored() throws {
    let variables = ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "https://variable.example.org"]
    #expect(try parse(Self.whole, environment: variables).configuration?.aws.endpoints == [:])
    let own = try parse(Self.whole, aws: "sts_endpoint_url = \"https://sts.example.org\"", environment: variables)
    #expect(own.configuration?.aws.endpoints == [.sts: "https://sts.example.org"])
    let text = "[default]\nendpoint_url = https://default.example.org\nignore_configured_endpoint_urls = true\n"
    #expect(try parse(text).configuration?.aws.endpoints == [:])
    let notIgnored = ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"]
    #expect(try parse(text, environment: notIgnored).configuration?.aws.endpoints[.s3] == "https://default.example.org")
  }

  @Test(
    "a wrong setting is an error that names the profile and shows no secret",
    arguments: [
      ("endpoint_url = http://nas:9000", "endpoint_url: this value is http:// to another machine"),
      ("endpoint_url = https://u:hunter2@nas", "endpoint_url: this value holds a user or password"),
      ("services = gone", "services: names a section [services …] that the config file does not have"),
      ("ca_bundle = certs.pem", "ca_bundle: \"certs.pem\" "),
    ])
  func wrong(_ line: String, _ expected: String) throws {
    let outcome = try parse("[profile own]\n" + line, aws: "profile = \"own\"")
    #expect(outcome.configuration == nil)
    #expect(outcome.diagnostics.count == 1)
    let text = outcome.diagnostics.map(\.description).joined()
    #expect(text.hasPrefix("\(home.path)/.aws/config: profile \"own\": " + expected), "\(text)")
    #expect(!text.contains("hunter2"))
    // The commands that only read the journal are run by anybody, with files of their own.
    let reading = ConfigurationFixture.parse(
      ConfigurationFixture.minimal(aws: "profile = \"own\""), environment: ["HOME": home.path], folders: .none)
    #expect(reading.diagnostics == [] && reading.configuration != nil)
  }

  @Test("shared files that cannot be read are remarked upon")
  func unreadable() throws {
    let outcome = try parse("", environment: ["AWS_CONFIG_FILE": home.path])
    #expect(outcome.configuration != nil)
    #expect(outcome.diagnostics.map(\.severity) == [.warning])
    #expect(outcome.diagnostics.first?.description.contains("Is a directory") == true)
  }

  @Test("any region is taken where no service is sought at AWS")
  func regions() throws {
    func region(_ name: String, _ aws: String) throws -> ConfigurationOutcome {
      let text = ConfigurationFixture.minimal(aws: aws).replacing("\"eu-south-1\"", with: "\"\(name)\"")
      return ConfigurationFixture.parse(text)
    }
    let both = "s3_endpoint_url = \"https://s3.example.org\"\ndynamodb_endpoint_url = \"https://db.example.org\"\n"
    for name in ["auto", "us-west-004", "garage", "RegionOne", "eu-south-1"] {
      #expect(try region(name, "endpoint_url = \"https://gateway.example.org\"").configuration?.aws.region == name)
      #expect(try region(name, both).configuration?.aws.region == name)
    }
    #expect(
      try region("garage", "").diagnostics.map(\.message)
        == ["\"garage\" is no region; write a region's code, such as \"eu-south-1\""])
    let half = try region("garage", "s3_endpoint_url = \"https://s3.example.org\"").diagnostics.map(\.message)
    #expect(half.count == 1 && half[0].contains("or dynamodb_endpoint_url too"), "\(half)")
    let role = try region("garage", both + "role_arn = \"arn:aws:iam::123456789012:role/R\"").diagnostics.map(\.message)
    #expect(role.count == 1 && role[0].contains("sts_endpoint_url too"), "\(role)")
  }

  @Test("a bucket whose name cannot be in the host's name is in the path")
  func buckets() {
    for (name, isInPath) in [
      ("files", false), ("a-s3alias", false), ("Old_Name", true), ("under_score", true), ("a.b", true),
    ] {
      let text = ConfigurationFixture.minimal().replacing("\"s3logger-files\"", with: "\"\(name)\"")
      #expect(ConfigurationFixture.parse(text).configuration?.aws.pathStyle == isInPath, "\(name)")
    }
  }
}
