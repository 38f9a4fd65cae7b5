import AWSConfiguration
import DeliveryModel

/// Where the services are: endpoints of somebody's own, and which kind of AWS's for the others.
struct EndpointSettings {
  /// Without a final slash.
  let urls: [ServiceLane: String]
  let variant: EndpointVariant

  /// Each the first of: our own file, the environment, the profile of the shared files. Of a service's endpoint, at each
  /// of these places, first what is for that service alone.
  ///
  /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
  static func read(
    _ aws: TOMLTableReader, _ environment: Environment, _ shared: SharedSettings
  ) -> EndpointSettings {
    let common = aws.value("endpoint_url", .endpoint)
    let areIgnored =
      environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"].map { $0.lowercased() == "true" }
      ?? shared.endpoints.areIgnored
    var urls = [ServiceLane: String]()
    for lane in ServiceLane.allCases {
      let key = lane.rawValue + "_endpoint_url"
      let own = aws.value(key, .endpoint)
      let variable = ["AWS_ENDPOINT_URL_" + lane.rawValue.uppercased(), "AWS_ENDPOINT_URL"].first {
        environment[$0] != nil
      }
      urls[lane] =
        if aws.has(key) {
          own
        } else if aws.has("endpoint_url") {
          common
        } else if areIgnored {
          nil
        } else if let variable {
          environment.value(variable, .endpoint, aws.findings)
        } else {
          shared.url(of: lane)
        }
    }
    let variant = EndpointVariant(
      fips: flag("use_fips_endpoint", aws, environment, shared),
      dualStack: flag("use_dualstack_endpoint", aws, environment, shared))
    return EndpointSettings(urls: urls, variant: variant)
  }

  private static func flag(
    _ name: String, _ aws: TOMLTableReader, _ environment: Environment, _ shared: SharedSettings
  ) -> Bool {
    if let written = aws.flag(name) { return written }
    if aws.has(name) { return false }
    return environment["AWS_" + name.uppercased()].map { $0.lowercased() == "true" } ?? shared.endpoints.isTrue(name)
  }

  /// Whether AWS has such endpoints in the region for all services that have none of their own.
  func check(_ aws: TOMLTableReader, region: String) {
    for lane in ServiceLane.allCases where urls[lane] == nil {
      switch variant.refusal(of: lane, region: region) {
      case nil: break
      case .fips:
        aws.error(
          "use_fips_endpoint",
          "is true, but \(lane.displayName) has no such endpoint in China (\(region)); write false, or name one of your own"
            + " in \(lane.rawValue)_endpoint_url")
      }
    }
  }
}

/// What a profile of the AWS tools' shared files adds to the configuration.
struct SharedSettings {
  let endpoints: ProfileEndpoints
  /// The profile and the config file, as messages name them.
  private let name: String
  private let file: String
  private let findings: Findings

  /// `profile` is that of our own file. Blocks for the two files.
  init(profile: String?, _ environment: Environment, _ probe: FolderProbe, _ findings: Findings) {
    let selected = SharedFiles.profile(profile, environment.variables).name
    var file = ProfileFile(parsing: [], isConfig: true)
    do throws(SharedFiles.Failure) {
      if probe.readsSharedFiles { file = try SharedFiles.read(environment.variables) }
    } catch {
      // Whether anything is needed of it, the credentials will tell.
      findings.warning(
        file: EscapedText.escape(error.path),
        "\(error.reason), so that nothing in it is used; the AWS tools read it too")
    }
    endpoints = ProfileEndpoints(of: selected, in: file)
    name = "profile \(ShownValue.quoted(selected))"
    self.file = EscapedText.escape(SharedFiles.configPath(environment.variables) ?? "the AWS config file")
    self.findings = findings
  }

  /// The endpoint that the profile gives a service; nil where it gives none or a wrong one, which is reported.
  func url(of lane: ServiceLane) -> String? {
    do throws(ProfileEndpoints.Problem) {
      guard let found = try endpoints.url(of: lane) else { return nil }
      return value(found.url, of: found.setting, .endpoint)
    } catch {
      findings.error(file: file, key: "\(name): \(error.setting)", error.message)
      return nil
    }
  }

  /// A checked setting of the profile; nil where it is wrong, which is reported.
  func value<Value>(_ text: String, of setting: String, _ syntax: ValueSyntax<Value>) -> Value? {
    do {
      return try syntax.parse(text)
    } catch {
      findings.error(file: file, key: "\(name): \(setting)", syntax.message(for: text, error))
      return nil
    }
  }
}
