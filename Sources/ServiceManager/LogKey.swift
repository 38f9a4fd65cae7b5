package import Logging

/// The metadata keys that have a meaning. In the journal each is a field of its own, `folder` as `S3LOGGERD_FOLDER`.
package enum LogKey {
  package static let folder = "folder"
  /// Relative to the folder.
  package static let path = "path"
  package static let objectKey = "object_key"
  package static let deliveryID = "delivery_id"
  package static let state = "state"
  /// The delivery's number in the delivery journal.
  package static let number = "number"
  /// The stable name of a fault. Records that have one are limited per code; see ``LogRateLimiter``.
  package static let code = "code"
  /// What a service calls the failed request, and S3's second id of it: AWS support asks for both.
  package static let requestID = "request_id"
  package static let hostID = "host_id"
  /// A ``MessageID``; in the journal the field `MESSAGE_ID`, not shown elsewhere.
  package static let messageID = "message_id"
}

extension MessageID {
  /// The value to give as metadata under ``LogKey/messageID``.
  package var metadataValue: Logger.MetadataValue { .string(rawValue) }
}
