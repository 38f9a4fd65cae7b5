import AWSClients
import DeliveryModel

/// Why an object, or its content, could not be compared with its record. It says nothing against either.
package struct UnreadObject: Sendable, Equatable {
  package enum Kind: String, Sendable {
    /// S3 keeps it in an archive and gives its content out only once it is restored.
    case archived
    /// The auditor's rights, or those to its key, do not reach it.
    case denied
    /// Anything else: no answer, an error of the service, a body cut short, an object that changed while it was read.
    case unread
  }

  package var kind: Kind
  /// In words, escaped.
  package var reason: String
  /// No answer came at all, as where the network is down.
  let isWithoutAnswer: Bool

  init(_ failure: ServiceFailure) {
    isWithoutAnswer = failure.status == 0
    switch failure.code {
    case "InvalidObjectState":
      // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
      kind = .archived
      reason =
        "S3 keeps it in an archive (InvalidObjectState): restore it (aws s3api restore-object), then verify it again"
    case _ where failure.missingAction != nil:
      kind = .denied
      reason = failure.message
    default:
      kind = .unread
      reason = failure.message
    }
  }

  /// That an object is gone, which its HEAD had still shown, or left open: by S3's own word alone.
  static func isMissing(_ failure: ServiceFailure) -> Bool {
    ServiceMark.isOn(failure) && failure.status == 404 && ["NoSuchKey", "NoSuchVersion"].contains(failure.code)
  }
}
