import DeliveryModel
import Testing

@testable import DaemonConfiguration

@Suite("Values")
struct ValueSyntaxTests {
  @Test(
    "a duration is a whole number and a unit",
    arguments: [
      ("500ms", .milliseconds(500)), ("5s", .seconds(5)), ("10m", .seconds(600)), ("12h", .seconds(43_200)),
      ("7d", .seconds(604_800)), ("0s", .zero), ("007s", .seconds(7)),
    ] as [(String, Duration)])
  func durations(text: String, expected: Duration) throws {
    #expect(try ValueSyntax.duration(.zero ... .seconds(10_000_000)).parse(text) == expected)
  }

  @Test(
    "anything else is no duration",
    arguments: [
      "", "5", "s", "5 s", "5S", "-1s", "+1s", "1.5s", "1h30m", "٥s", "5sec", "9223372036854775808ms", "106751991168d",
    ])
  func noDurations(text: String) {
    #expect(throws: SyntaxProblem.self) { try ValueSyntax.duration(.zero ... .seconds(10_000_000)).parse(text) }
  }

  @Test(
    "a size is a whole number and a unit of 1,000 or 1,024",
    arguments: [
      ("16MiB", 16_777_216), ("5GB", 5_000_000_000), ("64KiB", 65_536), ("1KB", 1000), ("1TiB", 1 << 40), ("7B", 7),
      ("2TB", 2_000_000_000_000), ("3GiB", 3_221_225_472), ("9MB", 9_000_000),
    ] as [(String, Int64)])
  func sizes(text: String, expected: Int64) throws {
    #expect(try ValueSyntax.byteCount(0 ... .max).parse(text) == expected)
  }

  @Test(
    "anything else is no size", arguments: ["", "16", "16M", "16mib", "16 MiB", "1e3B", "9999999TiB", "-1B", "MiB"])
  func noSizes(text: String) {
    #expect(throws: SyntaxProblem.self) { try ValueSyntax.byteCount(0 ... .max).parse(text) }
  }

  @Test("limits are written in the largest unit that fits")
  func texts() {
    #expect(Quantity.duration.rangeText(0...1500) == "from \"0s\" to \"1500ms\"")
    #expect(Quantity.duration.rangeText(900_000...43_200_000) == "from \"15m\" to \"12h\"")
    #expect(Quantity.byteCount.rangeText(1025...5 << 30) == "from \"1025B\" to \"5GiB\"")
  }

  @Test(
    "regions are taken and other words are not",
    arguments: [
      ("eu-south-1", true), ("us-gov-west-1", true), ("ap-southeast-5", true), ("us-iso-east-1", true),
      ("eusc-de-east-1", true), ("eu-south", false), ("EU-SOUTH-1", false), ("eu_south_1", false), ("", false),
      ("eu-south-1a", false), ("eu--south-1", false), ("e-south-1", false), ("eu-south-100", false),
    ])
  func regions(text: String, isRight: Bool) {
    #expect(accepts(.region, text) == isRight)
  }

  @Test(
    "a server that is not AWS's names its regions as it likes",
    arguments: [
      ("auto", true), ("us-west-004", true), ("garage", true), ("RegionOne", true), ("fr_par.1", true), ("a", true),
      ("", false), ("a/b", false), ("a b", false), ("a,b", false), ("a\n", false), ("è", false),
      (String(repeating: "a", count: 65), false),
    ])
  func foreignRegions(text: String, isRight: Bool) {
    #expect(accepts(.foreignRegion, text) == isRight)
  }

  @Test(
    "bucket names follow S3's rules",
    arguments: [
      ("abc", true), ("s3logger-files", true), ("a.b-c.d", true), ("0a0", true),
      (String(repeating: "a", count: 63), true),
      ("ab", false), (String(repeating: "a", count: 64), false), ("Abc", true), ("a_b", true), ("-abc", false),
      ("abc-", false), ("a..b", false), (".abc", false), ("a.-b", false), ("192.168.0.1", false), ("xn--abc", false),
      ("abc-s3alias", true), ("abc--x-s3", false), ("à-b", false), ("", false),
    ])
  func buckets(text: String, isRight: Bool) {
    #expect(accepts(.bucket, text) == isRight)
  }

  @Test(
    "role ARNs are taken and others are not",
    arguments: [
      ("arn:aws:iam::123456789012:role/R", true), ("arn:aws-us-gov:iam::123456789012:role/a/b/R", true),
      ("arn:aws:iam::123456789012:user/R", false), ("arn:aws:iam::12345678901:role/R", false),
      ("arn:aws:iam::123456789012:role/", false), ("arn:aws:iam:eu-south-1:123456789012:role/R", false),
      ("arn:aws:sts::123456789012:assumed-role/R/s", false), ("arn:aws:iam::123456789012:role/a b", false), ("", false),
      ("arn:aws:iam::123456789012:role", false),
    ])
  func roles(text: String, isRight: Bool) {
    #expect(accepts(.roleARN, text) == isRight)
  }

  @Test(
    "an endpoint is https, or http on this machine",
    arguments: [
      ("https://s3.example.org", true), ("https://s3.example.org:9000/base/", true), ("http://127.0.0.1:5000", true),
      ("http://localhost", true), ("http://[::1]:5000", true), ("https://[2001:db8::1]", true),
      ("http://s3.example.org", false), ("http://localhost.example.org", false),
      ("http://127.0.0.1.example.org", false),
      ("http://127.evil.org", false), ("https://", false), ("https://a:b", false), ("https://a:0", false),
      ("https://a:70000", false),
      ("https://a?x=1", false), ("https://a#x", false), ("https://u:p@a", false), ("https://a b", false),
      ("ftp://a", false), ("s3.example.org", false), ("http://127.0.0.1@evil.org", false), ("https://a\\b", false),
    ])
  func endpoints(text: String, isRight: Bool) {
    #expect(accepts(.endpoint, text) == isRight)
  }

  @Test(
    "the bucket moves into the path where it cannot be in the host's name",
    arguments: [
      ("http://127.0.0.1:5000", true), ("http://localhost:5000/x", true), ("https://10.0.0.7", true),
      ("https://[2001:db8::1]", true), ("https://s3.example.org", false), ("https://127.example.org", false),
    ])
  func pathStyle(endpoint: String, expected: Bool) {
    #expect(Endpoint.needsPathStyle(endpoint) == expected)
  }

  @Test(
    "paths overlap by their components, not their letters",
    arguments: [
      ("/srv/a", "/srv/a", true), ("/srv/a", "/srv/a/b", true), ("/srv/a/b", "/srv//a/./", true), ("/", "/x", true),
      ("/srv/a", "/srv/ab", false), ("/srv/a/b", "/srv/a/c", false), ("/caf\u{e9}", "/cafe\u{301}", false),
    ])
  func overlaps(left: String, right: String, expected: Bool) {
    #expect(FolderPath.overlap(left, right) == expected)
    #expect(FolderPath.overlap(right, left) == expected)
  }

  @Test(
    "names of secrets are known in any spelling",
    arguments: [
      ("secret_access_key", true), ("aws_secret_access_key", true), ("AccessKeyID", true), ("PASSWORD", true),
      ("session-token", true), ("db_password", true), ("secret_access_key_file", false), ("access_key_id_file", false),
      ("kms_key_id", false), ("key", false), ("external_id", false),
    ])
  func secretNames(name: String, expected: Bool) {
    #expect(SecretKeys.contains(name) == expected)
  }

  @Test(
    "the nearest key is proposed, and none where none is near",
    arguments: [
      ("bukcet", "bucket"), ("buckets", "bucket"), ("Part-Size", "part_size"), ("partsize", "part_size"),
      ("zzz", nil), ("x", nil),
    ])
  func nearest(name: String, expected: String?) {
    #expect(NearestName.find(name, among: ["region", "bucket", "table", "part_size"]) == expected)
  }

  private func accepts(_ syntax: ValueSyntax<String>, _ text: String) -> Bool {
    (try? syntax.parse(text)) != nil
  }
}
