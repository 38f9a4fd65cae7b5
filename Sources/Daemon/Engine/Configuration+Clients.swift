import AWSClients
import DaemonConfiguration
import DeliveryModel
import HTTPTransport

extension Configuration {
  func makeS3Client() -> S3Client {
    let options = ObjectOptions(
      storageClass: upload.storageClass == .standard ? nil : upload.storageClass.rawValue,
      serverSideEncryption: upload.encryption?.rawValue,
      kmsKeyID: upload.kmsKeyID, writeOnce: upload.writeOnce, expectedBucketOwner: aws.expectedBucketOwner)
    let endpoint = S3Endpoint(endpoint(of: .s3), pathStyle: aws.pathStyle)
    return S3Client(endpoint: endpoint, region: aws.region, bucket: aws.bucket, options: options)
  }

  func makeDynamoDBClient() -> DynamoDBClient {
    DynamoDBClient(endpoint: endpoint(of: .dynamodb), region: aws.region, table: aws.table)
  }

  /// The tags of each folder's objects, by the folder's name.
  var objectTags: [String: ObjectTags] {
    folders.reduce(into: [:]) { tags, folder in
      tags[folder.name] = ObjectTags(folder.tags.map { ($0.name, $0.value) })
    }
  }

  /// Where a service is; the configuration has checked the URL.
  func endpoint(of lane: ServiceLane) -> ServiceEndpoint {
    aws.endpoints[lane].flatMap { ServiceEndpoint(url: $0) } ?? ServiceEndpoint(of: lane, region: aws.region)
  }

  /// Where credentials come from. `transport` carries the calls to STS.
  func makeCredentialProvider(
    environment: [String: String], transport: any HTTPPerforming, wallClock: @escaping @Sendable () -> Timestamp
  ) -> any CredentialProvider {
    let sts = STSClient(
      endpoint: endpoint(of: .sts), region: aws.region, transport: transport, wallClock: wallClock)
    let role = aws.role.map {
      AWSClients.RoleSettings(
        arn: $0.arn, externalID: $0.externalID, sessionName: $0.sessionName, duration: $0.duration)
    }
    return CredentialSettings(
      profile: aws.profile, accessKeyIDFile: aws.keyFiles?.accessKeyID,
      secretAccessKeyFile: aws.keyFiles?.secretAccessKey, role: role
    ).provider(environment: environment, sts: sts)
  }
}

extension Configuration {
  /// How requests travel. The engine sets the bandwidth, by the clock.
  var transport: TransportConfiguration {
    TransportConfiguration(
      caBundle: aws.caBundle, maxConnections: max(2, upload.concurrency) * 2, userAgent: Version.agent)
  }
}
