/// A group of regions that share accounts and domains, found by a region's name.
///
/// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
package struct AWSPartition: Sendable, Equatable {
  /// As ARNs name it: `aws`, `aws-cn`, `aws-us-gov`.
  package let name: String
  /// What the public endpoints end with.
  let domain: String
  /// What the dual-stack endpoints of most services end with.
  let dualStackDomain: String

  package init(of region: String) {
    self = Self.others.first { region.hasPrefix($0.prefix) }?.partition ?? Self.commercial
  }

  private static let commercial = AWSPartition("aws", "amazonaws.com", "api.aws")

  /// The partitions other than the commercial one, by what their regions begin with.
  private static let others: [(prefix: String, partition: AWSPartition)] = [
    ("cn-", AWSPartition("aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn")),
    ("us-gov-", AWSPartition("aws-us-gov", "amazonaws.com", "api.aws")),
    ("eusc-", AWSPartition("aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu")),
    ("us-iso-", AWSPartition("aws-iso", "c2s.ic.gov", "api.aws.ic.gov")),
    ("us-isob-", AWSPartition("aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud")),
  ]

  private init(_ name: String, _ domain: String, _ dualStackDomain: String) {
    self.name = name
    self.domain = domain
    self.dualStackDomain = dualStackDomain
  }
}
