import AWSConfiguration
import DeliveryModel

extension AWSSettings {
  static func read(_ aws: TOMLTableReader, _ environment: Environment, _ probe: FolderProbe) -> AWSSettings? {
    let name = aws.required("region", ValueSyntax.foreignRegion)
    let bucket = aws.required("bucket", .bucket)
    let table = aws.required("table", .table)
    let role = RoleSettings.read(aws)
    let keyFiles = AccessKeyFiles.read(aws, environment)
    let profile = profile(aws, hasKeyFiles: keyFiles != nil)
    let shared = SharedSettings(profile: profile, environment, probe, aws.findings)
    let endpoints = EndpointSettings.read(aws, environment, shared)
    let region = name.flatMap { Self.region($0, aws, endpoints: endpoints.urls, hasRole: role != nil) }
    if let region { endpoints.check(aws, region: region) }
    let pathStyle = aws.flag("path_style")
    let proxy = aws.value("proxy", .proxy)
    let caBundle = caBundle(aws, environment, shared)
    let owner = aws.value("expected_bucket_owner", .account)
    let requesterPays = aws.flag("requester_pays")
    aws.finish()
    guard let region, let bucket, let table else { return nil }
    return AWSSettings(
      region: region, bucket: bucket, table: table, role: role, profile: profile, keyFiles: keyFiles,
      endpoints: endpoints.urls, usesFIPS: endpoints.variant.fips, usesDualStack: endpoints.variant.dualStack,
      pathStyle: pathStyle ?? needsPathStyle(bucket: bucket, endpoint: endpoints.urls[.s3]), caBundle: caBundle,
      proxy: proxy, expectedBucketOwner: owner, requesterPays: requesterPays ?? false)
  }

  /// Not both a profile and key files. `AWS_PROFILE` is left to the chain of credentials, where it comes after the keys of
  /// the environment.
  private static func profile(_ aws: TOMLTableReader, hasKeyFiles: Bool) -> String? {
    let configured = aws.value("profile", .text("the name of a profile"))
    if configured != nil, hasKeyFiles {
      aws.error(
        "profile", "stands beside access_key_id_file; keep one of the two, so that it is plain which key is used")
    }
    return configured
  }

  /// One of AWS's regions, unless every service that is called has an endpoint of its own: other servers name their
  /// regions as they like.
  private static func region(
    _ name: String, _ aws: TOMLTableReader, endpoints: [ServiceLane: String], hasRole: Bool
  ) -> String? {
    if (try? ValueSyntax.region.parse(name)) != nil { return name }
    let called: [ServiceLane] = hasRole ? [.s3, .dynamodb, .sts] : [.s3, .dynamodb]
    let atAWS = called.filter { endpoints[$0] == nil }
    guard !atAWS.isEmpty else { return name }
    let problem = ValueSyntax<String>.region.message(for: name, SyntaxProblem("is no region"))
    guard atAWS.count < called.count else {
      aws.error("region", problem)
      return nil
    }
    let services = atAWS.map(\.displayName).joined(separator: " and ")
    let keys = atAWS.map { $0.rawValue + "_endpoint_url" }.joined(separator: " and ")
    aws.error("region", "\(problem), or \(keys) too: without that \(services) would be sought in a region of AWS")
    return nil
  }

  /// The first of: the key, the variable, the profile.
  private static func caBundle(
    _ aws: TOMLTableReader, _ environment: Environment, _ shared: SharedSettings
  ) -> String? {
    let syntax = ValueSyntax.absolutePath("the absolute path of a PEM file")
    let written = aws.value("ca_bundle", syntax)
    if aws.has("ca_bundle") { return written }
    if environment["AWS_CA_BUNDLE"] != nil { return environment.value("AWS_CA_BUNDLE", syntax, aws.findings) }
    return shared.endpoints.caBundle.flatMap { shared.value($0, of: "ca_bundle", syntax) }
  }

  /// Whether the bucket's name cannot be part of a host name: the endpoint is an address, or the certificate
  /// (`*.s3.…`) would not match a name with a dot or a capital.
  private static func needsPathStyle(bucket: String, endpoint: String?) -> Bool {
    !BucketName.fitsHostName(bucket) || (endpoint.map(Endpoint.needsPathStyle) ?? false)
  }
}

extension AccessKeyFiles {
  static func read(_ aws: TOMLTableReader, _ environment: Environment) -> AccessKeyFiles? {
    let file = ValueSyntax.credentialFile(in: environment.credentialsDirectory)
    let names = ["access_key_id_file", "secret_access_key_file"]
    let identifier = aws.value(names[0], file)
    let secret = aws.value(names[1], file)
    for (name, other) in [(names[0], names[1]), (names[1], names[0])] where aws.has(name) && !aws.has(other) {
      aws.error(name, "needs \(other) beside it; write both or none")
    }
    guard let identifier, let secret else { return nil }
    return AccessKeyFiles(accessKeyID: identifier, secretAccessKey: secret)
  }
}
