/// The name of an S3 bucket, or an alias that stands for one.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
package enum BucketName {
  /// Whether the name can stand before the endpoint's host and match a certificate for `*.s3.…`: a host label in lower
  /// case. Any other name goes into the path.
  package static func fitsHostName(_ name: String) -> Bool {
    isLabel(name.utf8) && name.utf8.count <= 63 && !name.utf8.contains { isUppercase($0) || $0 == underscore }
  }

  /// Whether a bucket can have the name: one of today's, an access point's alias (`…-s3alias`), or one of those with
  /// capitals, `_` and up to 255 characters that the region us-east-1 allowed until 2018.
  package static func isValid(_ name: String) -> Bool {
    let bytes = name.utf8
    let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.allSatisfy({ isLabel($0) }) else { return false }
    let looksLikeAddress = labels.count == 4 && labels.allSatisfy { $0.allSatisfy(isDigit) }
    let isOld = bytes.contains { isUppercase($0) || $0 == underscore }
    let hasReservedStart = ["xn--", "sthree-"].contains { bytes.starts(with: $0.utf8) }
    return (3...(isOld ? 255 : 63)) ~= bytes.count && !looksLikeAddress && !hasReservedStart
      && !elsewhere.contains { name.utf8.reversed().starts(with: $0.utf8.reversed()) }
  }

  /// How the names of what has endpoints or signatures of its own end: Object Lambda, multi-region access points,
  /// directory buckets, table buckets, Outposts.
  private static let elsewhere = ["--ol-s3", ".mrap", "--x-s3", "--table-s3", "--op-s3"]

  private static let underscore = UInt8(ascii: "_")

  private static func isLabel(_ label: some Collection<UInt8>) -> Bool {
    let hyphen = UInt8(ascii: "-")
    let ends = [label.first, Array(label).last]
    return !label.isEmpty && !ends.contains(hyphen)
      && label.allSatisfy {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || isDigit($0) || isUppercase($0) || $0 == hyphen
          || $0 == underscore
      }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
  private static func isUppercase(_ byte: UInt8) -> Bool { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte }
}
