import Testing

@testable import AWSConfiguration

@Suite("Bucket names")
struct BucketNameTests {
  @Test(
    "names of today, aliases and old names are taken",
    arguments: [
      "abc", "s3logger-files", "a.b-c.d", "0a0", String(repeating: "a", count: 63),
      "documents-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias", "fsx-x1y2z3-ext-s3alias", "Abc", "a_b", "Old_Name.2009",
      "_logs", String(repeating: "Aa_", count: 85),
    ])
  func taken(_ name: String) {
    #expect(BucketName.isValid(name))
  }

  @Test(
    "what no bucket can be called, or is reached in another way, is refused",
    arguments: [
      "", "ab", "A", String(repeating: "a", count: 64), String(repeating: "A", count: 256), "-abc", "abc-", "-Abc",
      "a..b", "A..B", ".abc", "Abc.", "a.-b", "192.168.0.1", "10.0.0.300", "xn--abc", "sthree-a", "abc--x-s3",
      "Abc--x-s3",
      "abc--ol-s3", "abc--table-s3", "abc--op-s3", "abcdef.mrap", "à-b", "A b", "A/b", "A%b", "A\n", "..", "Ａbc",
    ])
  func refused(_ name: String) {
    #expect(!BucketName.isValid(name))
  }

  @Test("only a host label in lower case fits a certificate for one label before the endpoint")
  func hostNames() {
    for name in ["abc", "a-b0", "documents-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias"] {
      #expect(BucketName.fitsHostName(name))
    }
    for name in ["a.b", "Abc", "a_b", String(repeating: "a", count: 64), "", "-a"] {
      #expect(!BucketName.fitsHostName(name))
    }
  }
}
