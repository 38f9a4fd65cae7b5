import DeliveryModel

extension AWSSettings {
  static func read(_ aws: TOMLTableReader, _ environment: Environment) -> AWSSettings? {
    let region = aws.required("region", .region)
    let bucket = aws.required("bucket", .bucket)
    let table = aws.required("table", .table)
    let role = RoleSettings.read(aws)
    let keyFiles = AccessKeyFiles.read(aws, environment)
    let profile = profile(aws, hasKeyFiles: keyFiles != nil)
    let endpoints = endpoints(aws, environment)
    let usesFIPS = usesFIPS(aws, environment, region: region, endpoints: endpoints)
    let usesDualStack = flag("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT", aws, environment)
    let pathStyle = aws.flag("path_style")
    let caBundle = ValueSyntax.absolutePath("the absolute path of a PEM file")
    let bundle = aws.value("ca_bundle", caBundle)
    let trusted = aws.has("ca_bundle") ? bundle : environment.value("AWS_CA_BUNDLE", caBundle, aws.findings)
    let proxy = aws.value("proxy", .proxy)
    let owner = aws.value("expected_bucket_owner", .account)
    aws.finish()
    guard let region, let bucket, let table else { return nil }
    return AWSSettings(
      region: region, bucket: bucket, table: table, role: role, profile: profile, keyFiles: keyFiles,
      endpoints: endpoints, usesFIPS: usesFIPS, usesDualStack: usesDualStack,
      pathStyle: pathStyle ?? needsPathStyle(bucket: bucket, endpoint: endpoints[.s3]), caBundle: trusted,
      proxy: proxy, expectedBucketOwner: owner)
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

  /// A switch of the file, else of the environment.
  private static func flag(
    _ name: String, _ variable: String, _ aws: TOMLTableReader, _ environment: Environment
  ) -> Bool {
    if let written = aws.flag(name) { return written }
    return !aws.has(name) && environment[variable]?.lowercased() == "true"
  }

  /// https://docs.aws.amazon.com/general/latest/gr/s3.html
  private static func usesFIPS(
    _ aws: TOMLTableReader, _ environment: Environment, region: String?, endpoints: [ServiceLane: String]
  ) -> Bool {
    let wanted = flag("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT", aws, environment)
    if wanted, endpoints[.s3] == nil, region?.hasPrefix("cn-") == true {
      aws.error("use_fips_endpoint", "is true, but S3 has no such endpoint in China; write false")
    }
    return wanted
  }

  /// The first of: the service's key, the common key, the service's variable, the common variable.
  private static func endpoints(_ aws: TOMLTableReader, _ environment: Environment) -> [ServiceLane: String] {
    let common = aws.value("endpoint_url", .endpoint)
    var endpoints = [ServiceLane: String]()
    for lane in ServiceLane.allCases {
      let key = lane.rawValue + "_endpoint_url"
      let own = aws.value(key, .endpoint)
      let variable =
        environment["AWS_ENDPOINT_URL_" + lane.rawValue.uppercased()] == nil
        ? "AWS_ENDPOINT_URL" : "AWS_ENDPOINT_URL_" + lane.rawValue.uppercased()
      endpoints[lane] =
        if aws.has(key) {
          own
        } else if aws.has("endpoint_url") {
          common
        } else {
          environment.value(variable, .endpoint, aws.findings)
        }
    }
    return endpoints
  }

  /// Whether the bucket's name cannot be part of a host name: the endpoint is an address, or the certificate
  /// (`*.s3.…`) would not match a name with a dot.
  private static func needsPathStyle(bucket: String, endpoint: String?) -> Bool {
    bucket.contains(".") || endpoint.map(Endpoint.needsPathStyle) ?? false
  }
}

extension RoleSettings {
  static func read(_ aws: TOMLTableReader) -> RoleSettings? {
    let arn = aws.value("role_arn", .roleARN)
    let externalID = aws.value("external_id", .externalID)
    let sessionName = aws.value("session_name", .sessionName)
    let duration = aws.value("role_duration", .duration(.seconds(15 * 60) ... .seconds(12 * 3600)))
    guard aws.has("role_arn") else {
      for name in ["external_id", "session_name", "role_duration"] where aws.has(name) {
        aws.error(name, "has no effect without role_arn; add role_arn or remove it")
      }
      return nil
    }
    guard let arn else { return nil }
    return RoleSettings(
      arn: arn, externalID: externalID, sessionName: sessionName ?? defaultSessionName,
      duration: duration ?? defaultDuration)
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
