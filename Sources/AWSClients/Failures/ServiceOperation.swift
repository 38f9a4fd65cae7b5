package import DeliveryModel

/// The calls that the daemon makes, and those of the auditor.
package enum ServiceOperation: String, Sendable, CaseIterable {
  case putObject = "PutObject"
  case createMultipartUpload = "CreateMultipartUpload"
  case uploadPart = "UploadPart"
  case completeMultipartUpload = "CompleteMultipartUpload"
  case abortMultipartUpload = "AbortMultipartUpload"
  case headObject = "HeadObject"
  case getObject = "GetObject"
  case putItem = "PutItem"
  case query = "Query"
  case scan = "Scan"
  case assumeRole = "AssumeRole"
  case assumeRoleWithWebIdentity = "AssumeRoleWithWebIdentity"
  case getCallerIdentity = "GetCallerIdentity"

  package var lane: ServiceLane {
    switch self {
    case .putItem, .query, .scan: .dynamodb
    case .assumeRole, .assumeRoleWithWebIdentity, .getCallerIdentity: .sts
    default: .s3
    }
  }

  /// The IAM action that allows the call.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
  package var action: String {
    switch self {
    case .putObject, .createMultipartUpload, .uploadPart, .completeMultipartUpload: "s3:PutObject"
    case .abortMultipartUpload: "s3:AbortMultipartUpload"
    case .headObject, .getObject: "s3:GetObjectVersion"
    case .putItem: "dynamodb:PutItem"
    case .query: "dynamodb:Query"
    case .scan: "dynamodb:Scan"
    case .assumeRole: "sts:AssumeRole"
    case .assumeRoleWithWebIdentity: "sts:AssumeRoleWithWebIdentity"
    case .getCallerIdentity: "sts:GetCallerIdentity"
    }
  }
}

/// One call as a failure names it.
package struct ServiceCall: Sendable, Equatable {
  package var operation: ServiceOperation
  /// The bucket, the table or the role, as configured.
  package var resource: String
  /// Bytes of the object that it makes, where it makes one.
  var size: Int64?

  package init(_ operation: ServiceOperation, on resource: String, size: Int64? = nil) {
    self.operation = operation
    self.resource = resource
    self.size = size
  }

  var service: String { operation.lane.displayName }
}
