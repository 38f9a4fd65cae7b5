package import DeliveryModel

/// What a profile of the shared files says about the services' endpoints.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
package struct ProfileEndpoints: Sendable {
  /// Why a profile cannot say it, after the profile's name.
  package struct Problem: Error {
    package let setting: String
    package let message: String
  }

  private let profile: ProfileSettings
  private let services: [String: ProfileSettings]

  /// Nothing where the files have no such profile.
  package init(of profile: String, in file: ProfileFile) {
    self.profile = file.profiles[profile] ?? ProfileSettings()
    services = file.services
  }

  /// Whether endpoints of the environment and of the shared files are to be passed over.
  package var areIgnored: Bool { isTrue("ignore_configured_endpoint_urls") }

  /// Whether `name`, such as `use_fips_endpoint`, is switched on.
  package func isTrue(_ name: String) -> Bool { profile[name]?.lowercased() == "true" }

  /// A file of certificate authorities.
  package var caBundle: String? { profile["ca_bundle"].flatMap { $0.isEmpty ? nil : $0 } }

  /// The endpoint of a service and the setting that names it: in the `services` section that the profile names, else in
  /// the profile itself. Nil where it names none.
  package func url(of lane: ServiceLane) throws(Problem) -> (setting: String, url: String)? {
    if let name = profile["services"] {
      guard let section = services[name] else {
        throw Problem(setting: "services", message: "names a section [services …] that the config file does not have")
      }
      if let url = section[lane.rawValue, "endpoint_url"], !url.isEmpty {
        return ("endpoint_url of \(lane.rawValue) in its services section", url)
      }
    }
    guard let url = profile["endpoint_url"], !url.isEmpty else { return nil }
    return ("endpoint_url", url)
  }
}
