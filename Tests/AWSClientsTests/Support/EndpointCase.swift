import AWSConfiguration
import DeliveryModel
import Foundation

@testable import AWSClients

/// One line of `endpoints.py`.
struct EndpointCase: Decodable {
  let service: String
  let region: String
  let fips: Bool
  let dualStack: Bool
  let bucket: String?
  let url: String?
  let signingRegion: String?
  let error: String?

  static func generate() throws -> [EndpointCase] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/endpoints.py").path
    process.arguments = [ProcessInfo.processInfo.environment["S3LOGGERD_PYTHON"] ?? "python3", script]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let decoder = JSONDecoder()
    return try output.split(separator: UInt8(ascii: "\n")).map { try decoder.decode(Self.self, from: $0) }
  }

  /// botocore's URL and the region that it signs for; nil where it refuses.
  var outcome: [String]? { url.map { [$0, signingRegion ?? ""] } }

  /// Ours: every request is signed for the configured region.
  var found: [String]? {
    guard let lane = ServiceLane(rawValue: service) else { return [] }
    let variant = EndpointVariant(fips: fips, dualStack: dualStack)
    if variant.refusal(of: lane, region: region) != nil { return nil }
    let endpoint = ServiceEndpoint(of: lane, region: region, variant: variant)
    guard let bucket else { return [endpoint.scheme + "://" + endpoint.host, region] }
    let addressed = S3Endpoint(endpoint)
    return ["https://" + addressed.host(for: bucket) + addressed.pathPrefix(for: bucket), region]
  }
}
