import AWSConfiguration

/// How a bucket is addressed at an endpoint: as part of the host's name, or as the first segment of the path.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
package struct S3Endpoint: Sendable, Equatable {
  package let service: ServiceEndpoint
  /// The configuration wants the bucket in the path.
  package let pathStyle: Bool

  package init(_ service: ServiceEndpoint, pathStyle: Bool = false) {
    self.service = service
    self.pathStyle = pathStyle
  }

  /// A bucket with a dot, a capital or `_` does not fit the certificate of `*.s3.…`, and an address has no subdomains.
  func usesPath(for bucket: String) -> Bool {
    pathStyle || service.isAddress || !BucketName.fitsHostName(bucket)
  }

  func host(for bucket: String) -> String {
    usesPath(for: bucket) ? service.host : bucket + "." + service.host
  }

  /// What the path of every object begins with, without a `/` at its end.
  func pathPrefix(for bucket: String) -> String {
    usesPath(for: bucket) ? service.basePath + "/" + bucket : service.basePath
  }
}
