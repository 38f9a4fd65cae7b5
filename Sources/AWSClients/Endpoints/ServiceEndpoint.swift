package import AWSConfiguration
package import DeliveryModel

/// Where a service listens: scheme, host and the path that everything is below.
package struct ServiceEndpoint: Sendable, Equatable {
  /// `https`, or `http` for a custom endpoint.
  package let scheme: String
  /// Lower case; with the port where it is not the scheme's own, because that is what the Host header says.
  package let host: String
  /// Empty, or begins with `/` and does not end with it.
  package let basePath: String

  init(scheme: String, host: String, basePath: String = "") {
    self.scheme = scheme
    self.host = host
    self.basePath = basePath
  }

  /// The service's public endpoint of a region; see ``EndpointVariant/refusal(of:region:)`` for those that there are not.
  ///
  /// https://docs.aws.amazon.com/general/latest/gr/rande.html#regional-endpoints
  package init(of lane: ServiceLane, region: String, variant: EndpointVariant = EndpointVariant()) {
    self.init(scheme: "https", host: variant.host(of: lane, region: region))
  }

  /// The host's name or address without the port.
  var hostName: Substring {
    guard let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") else { return host[...] }
    return host[..<colon]
  }

  /// Whether it is AWS itself that listens there, by its public name or a private one (`….vpce.amazonaws.com`).
  var isAmazons: Bool {
    let name = hostName
    return Self.suffixesOfAWS.contains { name.hasSuffix("." + $0) }
  }

  /// What the names of all partitions end with.
  ///
  /// https://docs.aws.amazon.com/general/latest/gr/rande.html
  private static let suffixesOfAWS = [
    "amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk",
    "csp.hci.ic.gov", "api.aws",
  ]

  /// Whether the host is an address or this machine, so that a bucket cannot be a part of its name.
  var isAddress: Bool {
    let name = hostName
    return name.hasPrefix("[") || name == "localhost" || name.utf8.allSatisfy { 0x30...0x39 ~= $0 || $0 == 0x2e }
  }
}
