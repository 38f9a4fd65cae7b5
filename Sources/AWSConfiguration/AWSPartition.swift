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
    self = Self.others.first { Self.begins(region, with: $0.prefix) }?.partition ?? Self.commercial
  }

  private static let commercial = AWSPartition("aws", "amazonaws.com", "api.aws")

  /// The partitions other than the commercial one, by what their regions begin with. A region that nobody has heard of
  /// yet belongs to the partition of its prefix, as in the AWS SDKs.
  private static let others: [(prefix: String, partition: AWSPartition)] = [
    ("cn-", AWSPartition("aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn")),
    ("us-gov-", AWSPartition("aws-us-gov", "amazonaws.com", "api.aws")),
    ("eusc-de-", AWSPartition("aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu")),
    ("us-iso-", AWSPartition("aws-iso", "c2s.ic.gov", "api.aws.ic.gov")),
    ("us-isob-", AWSPartition("aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud")),
    ("eu-isoe-", AWSPartition("aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk")),
    ("us-isof-", AWSPartition("aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov")),
  ]

  /// The prefix, then one word and a number: `eusc-de-east-1`. A name of another form is no region of the partition.
  private static func begins(_ region: String, with prefix: String) -> Bool {
    guard region.utf8.starts(with: prefix.utf8) else { return false }
    let rest = region.utf8.dropFirst(prefix.utf8.count).split(
      separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard rest.count == 2, let number = rest.last, !number.isEmpty, rest.first?.isEmpty == false else { return false }
    return number.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
  }

  private init(_ name: String, _ domain: String, _ dualStackDomain: String) {
    self.name = name
    self.domain = domain
    self.dualStackDomain = dualStackDomain
  }
}
