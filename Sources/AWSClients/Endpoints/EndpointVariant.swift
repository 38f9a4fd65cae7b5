import DeliveryModel

/// Which of a region's public endpoints is meant.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
package struct EndpointVariant: Sendable, Equatable {
  /// The endpoint whose cryptography is validated by FIPS 140.
  package var fips: Bool
  /// The endpoint that answers over IPv6 too.
  package var dualStack: Bool

  package init(fips: Bool = false, dualStack: Bool = false) {
    self.fips = fips
    self.dualStack = dualStack
  }

  func host(of lane: ServiceLane, region: String) -> String {
    let partition = AWSPartition(of: region)
    let service = lane.rawValue + (hasOwnFIPSName(lane, partition) ? "-fips" : "")
    guard dualStack else { return "\(service).\(region).\(partition.domain)" }
    // S3 had dual-stack endpoints before there was a domain for them.
    if lane == .s3 { return "\(service).dualstack.\(region).\(partition.domain)" }
    return "\(service).\(region).\(partition.dualStackDomain)"
  }

  /// In GovCloud the plain endpoints of DynamoDB and STS are the validated ones.
  private func hasOwnFIPSName(_ lane: ServiceLane, _ partition: AWSPartition) -> Bool {
    fips && (lane == .s3 || dualStack || partition.name != "aws-us-gov")
  }
}
