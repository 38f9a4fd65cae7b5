package import DeliveryModel

/// The custom endpoints of a configuration, and of the environment that every SDK reads.
package struct EndpointSettings: Sendable, Equatable {
  /// `endpoint_url`: for every service without one of its own.
  package var general: String?
  /// `s3_endpoint_url`, `dynamodb_endpoint_url`, `sts_endpoint_url`.
  package var specific: [ServiceLane: String]

  package init(general: String? = nil, specific: [ServiceLane: String] = [:]) {
    self.general = general
    self.specific = specific
  }

  /// Where a service is: as the configuration says, else as the environment says, else the region's own endpoint.
  ///
  /// Throws ``EndpointError`` for a region or a URL that cannot be one.
  package func endpoint(
    of lane: ServiceLane, region: String, environment: [String: String]
  ) throws(EndpointError) -> ServiceEndpoint {
    guard AWSRegion.isValid(region) else { throw .invalidRegion(region) }
    let variables = ["AWS_ENDPOINT_URL_" + lane.rawValue.uppercased(), "AWS_ENDPOINT_URL"]
    let wishes = [specific[lane], general] + variables.map { environment[$0] }
    guard let url = wishes.compactMap({ $0 }).first(where: { !$0.isEmpty }) else {
      return ServiceEndpoint(of: lane, region: region)
    }
    guard let endpoint = ServiceEndpoint(url: url) else { throw .invalidURL(url, lane) }
    return endpoint
  }
}

/// A region or an endpoint that cannot be used.
package enum EndpointError: Error, Equatable, CustomStringConvertible {
  case invalidRegion(String)
  case invalidURL(String, ServiceLane)

  package var description: String {
    switch self {
    case .invalidRegion(let name):
      "'\(EscapedText.escape(name))' is no region; a region looks like eu-south-1"
    case .invalidURL(let url, let lane):
      // What stands before an @ could be a password.
      "'\(EscapedText.escape(String(url.split(separator: "@").last ?? "")))' is no endpoint for \(lane.displayName); one looks like https://host:port/path"
    }
  }
}
