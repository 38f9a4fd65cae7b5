/// The product's version, in the record (`agent`), the user agent, `--version` and `status`.
package enum Version {
  package static let number = "1.0.0"
  /// `s3loggerd/1.0.0`.
  package static let agent = "s3loggerd/" + number
}
