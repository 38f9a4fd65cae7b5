package import DeliveryModel

/// Which of a region's public endpoints is meant.
///
/// The rules are those that the AWS SDKs are generated from; a test compares them with botocore's for every partition.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
package struct EndpointVariant: Sendable, Equatable {
  /// The endpoint whose cryptography is validated by FIPS 140.
  package var fips: Bool
  /// The endpoint that answers over IPv6 too.
  package var dualStack: Bool

  /// A kind of endpoint that a service does not have in a partition.
  package enum Refusal: Sendable, Equatable {
    case fips
  }

  package init(fips: Bool = false, dualStack: Bool = false) {
    self.fips = fips
    self.dualStack = dualStack
  }

  /// Why the service of `lane` has no such endpoint in the region's partition; nil where it has one.
  package func refusal(of lane: ServiceLane, region: String) -> Refusal? {
    fips && lane == .s3 && AWSPartition(of: region).name == "aws-cn" ? .fips : nil
  }

  /// The host's name. Signatures are for the region itself, STS's too: its global endpoint is never used.
  package func host(of lane: ServiceLane, region: String) -> String {
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
