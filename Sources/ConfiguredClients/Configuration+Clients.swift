package import AWSClients
import AWSConfiguration
package import DaemonConfiguration
package import DeliveryModel
package import HTTPTransport

extension Configuration {
  /// `writeOnce`: whether every create is conditional; `answerTimeout`: how long an answer may take; nil for what the
  /// configuration says. `proof`: what an earlier client of the same endpoint and bucket has learnt of its answers.
  package func makeS3Client(
    writeOnce: Bool? = nil, answerTimeout: Duration? = nil, proof: UploadProof? = nil
  ) -> S3Client {
    let options = ObjectOptions(
      storageClass: upload.storageClass?.rawValue, serverSideEncryption: upload.encryption?.rawValue,
      kmsKeyID: upload.kmsKeyID, usesBucketKey: upload.usesBucketKey, acl: upload.acl?.rawValue,
      writeOnce: writeOnce ?? upload.writeOnce, expectedBucketOwner: aws.expectedBucketOwner,
      requesterPays: aws.requesterPays)
    let endpoint = S3Endpoint(endpoint(of: .s3), pathStyle: aws.pathStyle)
    return S3Client(
      endpoint: endpoint, region: aws.region, bucket: aws.bucket, options: options,
      answerTimeout: answerTimeout ?? upload.answerTimeout, proof: proof)
  }

  package func makeDynamoDBClient() -> DynamoDBClient {
    DynamoDBClient(endpoint: endpoint(of: .dynamodb), region: aws.region, table: aws.table)
  }

  /// The tags of each folder's objects, by the folder's name.
  package var objectTags: [String: ObjectTags] {
    folders.reduce(into: [:]) { tags, folder in
      tags[folder.name] = ObjectTags(folder.tags.map { ($0.name, $0.value) })
    }
  }

  /// Where a service is; the configuration has checked the URL.
  package func endpoint(of lane: ServiceLane) -> ServiceEndpoint {
    let variant = EndpointVariant(fips: aws.usesFIPS, dualStack: aws.usesDualStack)
    return aws.endpoints[lane].flatMap { ServiceEndpoint(url: $0) }
      ?? ServiceEndpoint(of: lane, region: aws.region, variant: variant)
  }

  package func makeSTSClient(transport: any HTTPPerforming, wallClock: @escaping @Sendable () -> Timestamp) -> STSClient
  {
    STSClient(endpoint: endpoint(of: .sts), region: aws.region, transport: transport, wallClock: wallClock)
  }

  /// Where the daemon's credentials come from. `transport` carries the calls.
  package func makeCredentialProvider(
    environment: [String: String], transport: any HTTPPerforming, wallClock: @escaping @Sendable () -> Timestamp
  ) -> any CredentialProvider {
    let settings = CredentialSettings(
      profile: aws.profile, accessKeyIDFile: aws.keyFiles?.accessKeyID,
      secretAccessKeyFile: aws.keyFiles?.secretAccessKey, role: aws.role.map(AWSClients.RoleSettings.init))
    return settings.provider(means(environment, transport, wallClock))
  }

  package func means(
    _ environment: [String: String], _ transport: any HTTPPerforming, _ wallClock: @escaping @Sendable () -> Timestamp
  ) -> CredentialMeans {
    CredentialMeans(
      environment: environment, sts: makeSTSClient(transport: transport, wallClock: wallClock), http: transport,
      processes: CredentialProcesses())
  }
}

extension AWSClients.RoleSettings {
  package init(_ role: DaemonConfiguration.RoleSettings) {
    self.init(
      arn: role.arn, externalID: role.externalID, sessionName: role.sessionName, duration: role.duration,
      sourceIdentity: role.sourceIdentity,
      tags: role.sessionTags.map { .init(key: $0.name, value: $0.value, isTransitive: $0.isTransitive) })
  }
}

extension Configuration {
  /// How requests travel, over that many connections at most. The engine sets the bandwidth, by the clock.
  package func transport(connections: Int = .max) -> TransportConfiguration {
    TransportConfiguration(
      caBundle: aws.caBundle, proxy: aws.proxy, maxConnections: min(connections, max(32, upload.concurrency) * 2),
      userAgent: Version.agent)
  }
}
