package import DeliveryModel

/// `[aws]`, with the environment's part where the file is silent.
package struct AWSSettings: Sendable, Equatable {
  package let region: String
  package let bucket: String
  package let table: String
  /// The role to assume; nil to work with the credentials as they are.
  package let role: RoleSettings?
  /// The profile of the AWS configuration files; nil for the usual places.
  package let profile: String?
  /// Files with an access key, such as systemd's credentials.
  package let keyFiles: AccessKeyFiles?
  /// Custom endpoints, of our own file, the environment or the profile, each `http(s)://host[:port][/path]` without a final slash. A service not named here has the
  /// region's own.
  package let endpoints: [ServiceLane: String]
  /// Whether the region's own endpoints are those validated by FIPS 140, and those that answer over IPv6 too.
  package let usesFIPS: Bool
  package let usesDualStack: Bool
  /// Whether the bucket's name stands in the path instead of the host name.
  package let pathStyle: Bool
  /// A PEM file of certificate authorities to trust instead of the system's.
  package let caBundle: String?
  /// The HTTP proxy for everything but this machine, `http(s)://host[:port]`; nil for none. The environment's are
  /// never used.
  package let proxy: String?
  /// The account that must own the bucket, 12 digits.
  package let expectedBucketOwner: String?
  /// Whether our account pays for its requests where the bucket's owner demands it.
  package let requesterPays: Bool
}

/// The role that is assumed for uploading.
package struct RoleSettings: Sendable, Equatable {
  package let arn: String
  package let externalID: String?
  package let sessionName: String
  /// 15 minutes to 12 hours.
  package let duration: Duration
  /// Who is behind the session; nil for nobody.
  package let sourceIdentity: String?
  /// At most 50, sorted by name.
  package let sessionTags: [SessionTag]

  package static let defaultSessionName = "s3loggerd"
  package static let defaultDuration = Duration.seconds(3600)
}

/// A tag of the role's session.
package struct SessionTag: Sendable, Equatable {
  package let name: String
  package let value: String
  /// Whether it stays with roles that are assumed from this one.
  package let isTransitive: Bool
}

/// The absolute paths of two files that each hold one half of an access key.
package struct AccessKeyFiles: Sendable, Equatable {
  package let accessKeyID: String
  package let secretAccessKey: String
}
