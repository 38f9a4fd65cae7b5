package import DeliveryModel

/// What a request is signed with. Nothing that prints it shows more than the end of the access key's id.
package struct AWSCredentials: Sendable, Equatable {
  package var accessKeyID: String
  package var secretAccessKey: String
  /// Set for temporary credentials, and sent with every request.
  package var sessionToken: String?
  /// When they cease to be valid; nil for long-term credentials.
  package var expiration: Timestamp?

  package init(
    accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Timestamp? = nil
  ) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
    self.expiration = expiration
  }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// `AWS credentials …MPLE until 2026-11-24T10:00:00.000Z`. Four characters tell one key from another, and tell
  /// little of a secret that was put in the wrong place.
  package var description: String {
    let known = accessKeyID.count >= 16 ? EscapedText.escape(String(accessKeyID.suffix(4))) : ""
    let term = expiration.map { " until " + $0.iso8601 } ?? ""
    return "AWS credentials …" + known + term
  }

  package var debugDescription: String { description }

  /// Without children, so that `dump` and a reflected container show ``description`` at most.
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
