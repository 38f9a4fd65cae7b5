import AWSConfiguration
import DeliveryModel
import Testing

@testable import AWSClients

@Suite("Endpoints")
struct EndpointTests {
  @Test(
    "each partition has its own domain",
    arguments: [
      ("eu-south-1", "s3.eu-south-1.amazonaws.com"), ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn"),
      ("us-gov-west-1", "s3.us-gov-west-1.amazonaws.com"), ("eusc-de-east-1", "s3.eusc-de-east-1.amazonaws.eu"),
    ])
  func partitions(_ region: String, _ host: String) {
    #expect(ServiceEndpoint(of: .s3, region: region).host == host)
  }

  @Test("a region is a host label", arguments: ["", "EU-south-1", "eu.south", "-eu", "eu-", "eu/1", "é", "a@b"])
  func regions(_ name: String) {
    #expect(!AWSRegion.isValid(name))
    #expect(AWSRegion.isValid("eu-south-1"))
  }

  @Test(
    "a custom endpoint is taken apart and its own port dropped",
    arguments: [
      ("http://127.0.0.1:5000", "http", "127.0.0.1:5000", ""),
      ("https://S3.example.org:443/", "https", "s3.example.org", ""),
      ("http://h:80/a/b//", "http", "h", "/a/b"), ("HTTPS://[::1]:9000/x", "https", "[::1]:9000", "/x"),
      ("http://[::1]", "http", "[::1]", ""),
    ])
  func custom(_ url: String, _ scheme: String, _ host: String, _ path: String) {
    #expect(ServiceEndpoint(url: url) == ServiceEndpoint(scheme: scheme, host: host, basePath: path))
  }

  @Test(
    "what is no endpoint is refused",
    arguments: [
      "", "s3.example.org", "ftp://h", "http://", "http://h:0", "http://h:99999", "http://h:x", "http://u:p@h",
      "http://h/a?b", "http://h/#a", "http://h /", "http://h\r\n", "http://ö", "http://[]",
    ])
  func refused(_ url: String) {
    #expect(ServiceEndpoint(url: url) == nil)
  }

  /// `S3LOGGERD_PYTHON` names a Python that has botocore.
  @Test("in every region each endpoint is botocore's, and what it refuses is refused")
  func sameAsBotocore() throws {
    let cases = try EndpointCase.generate()
    #expect(cases.count > 2000, "the generator must run: it needs Python 3 with botocore")
    var differences: [EndpointCase] = []
    for expected in cases where expected.found != expected.outcome { differences.append(expected) }
    #expect(differences.isEmpty, "\(differences.count) of \(cases.count) differ, such as \(differences.prefix(3))")
  }

  @Test("a bucket is part of the host's name, unless it has a dot or the host is an address or path style is wanted")
  func styles() throws {
    let region = ServiceEndpoint(of: .s3, region: "eu-south-1")
    #expect(S3Endpoint(region).host(for: "b") == "b.s3.eu-south-1.amazonaws.com")
    #expect(S3Endpoint(region).pathPrefix(for: "b") == "")
    #expect(S3Endpoint(region).pathPrefix(for: "b.c") == "/b.c")
    #expect(S3Endpoint(region).pathPrefix(for: "Old_Name") == "/Old_Name")
    #expect(S3Endpoint(region, pathStyle: true).pathPrefix(for: "b") == "/b")
    for url in ["http://127.0.0.1:5000/x", "http://localhost/x", "http://[::1]:5000/x"] {
      let endpoint = try #require(ServiceEndpoint(url: url))
      #expect(S3Endpoint(endpoint).pathPrefix(for: "b") == "/x/b", "\(url)")
      #expect(S3Endpoint(endpoint).host(for: "b") == endpoint.host)
    }
  }

  @Test(
    "FIPS and dual-stack endpoints are those that botocore finds",
    arguments: [
      // region, service, FIPS, dual stack, host; from botocore 1.44's endpoint rules
      ("eu-south-1", ServiceLane.s3, true, false, "s3-fips.eu-south-1.amazonaws.com"),
      ("eu-south-1", .s3, false, true, "s3.dualstack.eu-south-1.amazonaws.com"),
      ("eu-south-1", .s3, true, true, "s3-fips.dualstack.eu-south-1.amazonaws.com"),
      ("eu-south-1", .dynamodb, true, false, "dynamodb-fips.eu-south-1.amazonaws.com"),
      ("eu-south-1", .dynamodb, false, true, "dynamodb.eu-south-1.api.aws"),
      ("eu-south-1", .sts, true, true, "sts-fips.eu-south-1.api.aws"),
      ("us-gov-west-1", .s3, true, false, "s3-fips.us-gov-west-1.amazonaws.com"),
      ("us-gov-west-1", .dynamodb, true, false, "dynamodb.us-gov-west-1.amazonaws.com"),
      ("us-gov-west-1", .sts, true, false, "sts.us-gov-west-1.amazonaws.com"),
      ("us-gov-west-1", .sts, true, true, "sts-fips.us-gov-west-1.api.aws"),
      ("cn-north-1", .s3, false, true, "s3.dualstack.cn-north-1.amazonaws.com.cn"),
      ("cn-north-1", .dynamodb, false, true, "dynamodb.cn-north-1.api.amazonwebservices.com.cn"),
      ("cn-north-1", .sts, false, false, "sts.cn-north-1.amazonaws.com.cn"),
      ("us-iso-east-1", .s3, false, false, "s3.us-iso-east-1.c2s.ic.gov"),
      ("us-isob-east-1", .sts, false, false, "sts.us-isob-east-1.sc2s.sgov.gov"),
    ])
  func variants(_ region: String, _ lane: ServiceLane, _ fips: Bool, _ dualStack: Bool, _ host: String) {
    let variant = EndpointVariant(fips: fips, dualStack: dualStack)
    #expect(ServiceEndpoint(of: lane, region: region, variant: variant).host == host)
  }

  @Test(
    "a region belongs to a partition",
    arguments: [
      ("eu-south-1", "aws"), ("cn-northwest-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov"),
      ("us-iso-west-1", "aws-iso"),
      ("us-isob-east-1", "aws-iso-b"), ("eusc-de-east-1", "aws-eusc"), ("eu-isoe-west-1", "aws-iso-e"),
      ("us-isof-south-1", "aws-iso-f"), ("garage", "aws"), ("cn-", "aws"), ("us-gov-west", "aws"),
    ])
  func partitionNames(_ region: String, _ name: String) {
    #expect(AWSPartition(of: region).name == name)
  }
}
